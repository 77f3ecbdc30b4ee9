import Foundation

/// How Ansible gets the vault's password: out of the user's file, or from boma-it, when only it could ask for it.
///
/// A program that tells the password runs once, before anything else, as it would for the user: with the user's own home,
/// environment and network, which Ansible itself does not have here. A pipe (`<(pass show vault)`) is read once, too. What
/// they tell stays in memory; Ansible reads it from its standard input.
struct VaultPassword: Sendable {
    private let file: URL?
    /// What Ansible has to be told; `nil` when it reads the file itself.
    let told: String?

    /// Asks for the password, unless this process has done so already.
    ///
    /// - Parameter environment: what a program gets to see: all that its user has.
    /// - Throws: ``HarnessTrouble`` when the program fails or tells nothing.
    init(_ file: URL?, environment: [String: String], runner: any CommandRunner) async throws {
        self.file = file
        guard let file, Self.hasToBeAsked(file) else {
            told = nil
            return
        }
        told = try await Self.answers.answer(file) { try await Self.ask(file, environment, runner) }
    }

    /// Looks whether a password can come from there; asks for nothing.
    ///
    /// - Throws: ``HarnessTrouble`` when there is nothing, or an empty file.
    static func check(_ file: URL) throws {
        guard let facts = FileAttributes(of: file), facts.isPipe || facts.isRegular && facts.bytes > 0 else {
            throw HarnessTrouble(
                "vault password \(file.path)", why: "is not a file with a password, nor a program that tells one",
                fix: "correct BOMA_IT_VAULT_PASSWORD_FILE")
        }
    }

    /// Options of every tool of Ansible's.
    var arguments: [String] {
        guard let file else { return [] }
        return ["--vault-password-file", told == nil ? file.path : "/dev/stdin"]
    }

    /// What has to be kept out of everything that is written.
    var secrets: [String] {
        if let told { return [told] }
        return file.flatMap { try? String(contentsOf: $0, encoding: .utf8) }.map { [$0] } ?? []
    }

    private static func hasToBeAsked(_ file: URL) -> Bool {
        FileAttributes(of: file)?.isPipe == true || FileManager.default.isExecutableFile(atPath: file.path)
    }

    private static func ask(_ file: URL, _ environment: [String: String], _ runner: any CommandRunner) async throws
        -> String
    {
        let isPipe = FileAttributes(of: file)?.isPipe == true
        // Ansible gives programs of such names the id of the vault (ansible-vault, "client scripts").
        let isClient = file.deletingPathExtension().lastPathComponent.hasSuffix("-client")
        // With a pipe, cat is the program: unlike us it can be ended when nobody writes to the other end.
        var command = Command(
            isPipe ? "cat" : file.path, isPipe ? [file.path] : isClient ? ["--vault-id", "default"] : [],
            environment: environment, limit: .seconds(120))
        command.tellsSecrets = true
        command.runsUsersPrograms = true
        let result = try await runner.run(command)
        let password = result.output.trimmingCharacters(in: .whitespacesAndNewlines)
        Redactor.shared.learn([password])
        guard result.succeeded, !password.isEmpty else {
            let words = result.errorOutput.lines.last.map { ": \($0)" } ?? ""
            throw HarnessTrouble(
                "vault password \(file.path)",
                why: result.succeeded ? "tells no password" : "\(result.ending)\(printable(words))",
                fix: "run it yourself: it has to print the password, within two minutes and without a terminal")
        }
        return password
    }

    private static let answers = Answers()

    /// What was told, for as long as the process lives: a program may ask a person, and a pipe is empty afterwards.
    private actor Answers {
        private var known: [URL: Task<String, any Error>] = [:]

        func answer(_ file: URL, _ ask: @escaping @Sendable () async throws -> String) async throws -> String {
            let task = known[file] ?? Task { try await ask() }
            known[file] = task
            do {
                return try await task.value
            } catch {
                known[file] = nil
                throw error
            }
        }
    }
}
