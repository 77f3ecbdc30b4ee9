import Foundation

/// Small tools about files: digests and access lists.
public struct FileTools: Sendable {
    let runner: any CommandRunner

    /// Works with the given runner.
    public init(runner: any CommandRunner) {
        self.runner = runner
    }

    /// The kernel's words for what a file operation ran into; Foundation's are about itself.
    public static func words(for error: any Error) -> String {
        var inner = error as NSError
        while let deeper = inner.userInfo[NSUnderlyingErrorKey] as? NSError { inner = deeper }
        if let posix = error as? POSIXError { return String(cString: strerror(posix.code.rawValue)) }
        return inner.domain == NSPOSIXErrorDomain
            ? String(cString: strerror(Int32(inner.code))) : "it is in the way, or not permitted"
    }

    /// The SHA-256 of a file, in hexadecimal.
    public func sha256(of file: URL) async throws -> String {
        try await digest("sha256sum", of: file)
    }

    /// The SHA-256 of several files at once, by the names that the caller gave them.
    public func sha256(of files: [String: URL]) async throws -> [String: String] {
        let inOrder = files.sorted { $0.key < $1.key }
        // End names with NUL, so that none needs to be escaped.
        let list = inOrder.map(\.value.path).joined(separator: "\0")
        let result = try await runner.run(
            Command(
                "xargs", ["--null", "--no-run-if-empty", "sha256sum", "--zero", "--"], input: list, limit: .seconds(120)
            ).keepingAllOutput()
        ).requireSuccess("reading \(files.count) files")
        let digests = result.output.split(separator: "\0").map { String($0.prefix(64)) }
        guard digests.count == inOrder.count else {
            throw CommandError(
                purpose: "reading \(files.count) files", result: result, hint: "one of them changed meanwhile")
        }
        return Dictionary(uniqueKeysWithValues: zip(inOrder.map(\.key), digests))
    }

    /// The SHA-512 of a file, in hexadecimal.
    public func sha512(of file: URL) async throws -> String {
        try await digest("sha512sum", of: file)
    }

    private func digest(_ tool: String, of file: URL) async throws -> String {
        let result = try await runner.run(Command(tool, ["--", file.path], limit: .seconds(600)))
            .requireSuccess("reading \(file.lastPathComponent)")
        return String(result.output.prefix { $0 != " " })
    }

    /// Lets one more user (by number) use a file, without changing its owner.
    public func grant(_ access: String, on files: [URL], toUser user: Int) async throws {
        try await runner.run(Command("setfacl", ["--modify", "user:\(user):\(access)"] + files.map(\.path)))
            .requireSuccess(
                "letting QEMU's user (\(user)) use \(files.map(\.lastPathComponent).joined(separator: ", "))",
                hint:
                    "the folder must lie on a file system with access lists (ext4, xfs, btrfs); set BOMA_IT_CACHE to one"
            )
    }

    /// Takes back what ``grant(_:on:toUser:)`` gave.
    public func removeGrants(on files: [URL]) async throws {
        try await runner.run(Command("setfacl", ["--remove-all", "--"] + files.map(\.path)))
            .requireSuccess("taking back access to \(files.map(\.lastPathComponent).joined(separator: ", "))")
    }

    /// What the file system says about files, by path; a missing one is left out.
    public func states(of files: [URL]) async throws -> [String: FileState] {
        // A missing file makes stat fail, after it has told about the others.
        let result = try await runner.run(
            Command("stat", ["--printf", "%n\\n\(FileState.format)\\n", "--"] + files.map(\.path)))
        let lines = result.output.split(separator: "\n")
        var states: [String: FileState] = [:]
        for (name, line) in zip(lines, lines.dropFirst()) where name.hasPrefix("/") {
            states[String(name)] = FileState(line: line)
        }
        return states
    }

    /// Makes an SSH key pair without a passphrase: the private key in `file`, the public one beside it.
    public func makeKeyPair(_ file: URL, type: String = "ed25519", comment: String) async throws {
        try await runner.run(
            Command("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", comment, "-f", file.path])
        ).requireSuccess("making an SSH key")
    }
}
