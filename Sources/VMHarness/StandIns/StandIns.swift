import Foundation

/// Brings into a machine what a scenario needs and can't be had offline: the real image where the operator supplies it,
/// and the profile's stand-in where not.
struct StandIns {
    let profile: Profile
    let configuration: HarnessConfiguration

    init(_ profile: Profile, configuration: HarnessConfiguration) {
        self.profile = profile
        self.configuration = configuration
    }

    /// The stand-ins of a scenario, also those whose real image is supplied.
    func needed(in scenario: String) -> [StandIn] {
        (profile.standIns ?? []).filter { $0.scenarios.contains(scenario) }
    }

    private func real(in scenario: String, _ runner: any CommandRunner) async throws -> [String: SuppliedParts.Part] {
        try await SuppliedParts(configuration: configuration, runner: runner, standIns: profile.standIns ?? [])
            .parts(for: needed(in: scenario))
    }

    /// What a report says about the scenario: a line for each stand-in that is used.
    func lines(for scenario: String, runner: any CommandRunner) async throws -> [String] {
        let real = try await real(in: scenario, runner)
        return needed(in: scenario).filter { real[$0.of] == nil }.map(\.line)
    }

    /// A text that changes whenever something else would be installed.
    func fingerprint(of scenario: String, runner: any CommandRunner) async throws -> String {
        let real = try await real(in: scenario, runner)
        var files: [String: URL] = [:]
        for path in LayerKey.files(in: configuration.repository.standIns) {
            files["stand-ins/\(path)"] = configuration.repository.standIns.appending(path: path)
        }
        for standIn in needed(in: scenario) {
            if let part = real[standIn.of] { files["real \(standIn.of)"] = part.file }
        }
        let digests = try await FileTools(runner: runner).sha256(of: files)
        return digests.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "\n")
    }

    /// Installs all of a scenario.
    ///
    /// - Throws: ``HarnessTrouble`` when one can't be; nothing goes on without it.
    func install(
        on machine: Machine, runner: any CommandRunner, scenario: String, say: (String) -> Void
    ) async throws {
        let real = try await real(in: scenario, runner)
        let place = "/var/tmp/boma-it-stand-ins"
        try await copy(configuration.repository.standIns, to: place, on: machine, runner: runner)
        for standIn in needed(in: scenario) {
            if let part = real[standIn.of] {
                say("\(standIn.of): the real one, from \(part.file.lastPathComponent)")
                try await install(part, of: standIn, on: machine, runner: runner, say: say)
            } else {
                say(standIn.line)
                let words = standIn.command.split(separator: " ").map { shellQuoted(String($0)) }
                try await run("\(place)/\(words.joined(separator: " "))", for: standIn, on: machine, say: say)
            }
        }
        try await machine.ssh.runAsRoot(
            "rm -rf \(place) \(Self.suppliedImage) \(Self.suppliedPackage)", limit: machine.limit(.command)
        ).requireSuccess("removing the installed stand-ins' files")
    }

    private static let suppliedImage = "/var/tmp/boma-it-image"
    private static let suppliedPackage = "/var/tmp/boma-it-package.deb"

    private func install(
        _ part: SuppliedParts.Part, of standIn: StandIn, on machine: Machine, runner: any CommandRunner,
        say: (String) -> Void
    ) async throws {
        switch part {
        case .image(let archive):
            try await copy(archive, to: Self.suppliedImage, on: machine, runner: runner)
            try await run("docker load --quiet --input \(Self.suppliedImage)", for: standIn, on: machine, say: say)
            let label = "docker image inspect --format '{{json .Config.Labels}}' \(shellQuoted(standIn.of))"
            let labels = try await machine.ssh.runAsRoot(label, limit: machine.limit(.command))
                .requireSuccess("looking for \(standIn.of) among the loaded images").output
            try Self.requireReal(standIn, labels: labels, from: archive)
        case .package(let file):
            try await copy(file, to: Self.suppliedPackage, on: machine, runner: runner)
            let install = "apt-get install -qq --no-install-recommends \(Self.suppliedPackage) </dev/null"
            try await run(
                "apt-get update -qq && DEBIAN_FRONTEND=noninteractive \(install)", for: standIn, on: machine, say: say)
        }
    }

    /// Refuses an image that was supplied as the real one and bears the label of a stand-in.
    static func requireReal(_ standIn: StandIn, labels: String, from archive: URL) throws {
        guard labels.contains("\"\(label)\"") else { return }
        throw HarnessTrouble(
            "BOMA_IT_IMAGES: \(archive.path)", why: "holds a stand-in under the name \(standIn.of), not the real image",
            fix: "save the real one: docker pull \(standIn.of), docker save; or leave the archive out")
    }

    /// What an image bears that `stand-ins/` makes.
    private static let label = "boma-it.stand-in"

    private func run(
        _ script: String, for standIn: StandIn, on machine: Machine, say: (String) -> Void
    ) async throws {
        let result = try await machine.ssh.runAsRoot(script, limit: machine.limit(.install))
        guard result.succeeded else {
            throw HarnessTrouble(
                "stand-in of \(standIn.of)",
                why: "could not be installed (\(printable(result.errorOutput.lines.last ?? "it said nothing")))",
                fix: "see \(result.log?.path ?? "the run directory")")
        }
        for line in result.output.lines { say("  | \(printable(line))") }
    }

    private func copy(_ source: URL, to target: String, on machine: Machine, runner: any CommandRunner) async throws {
        guard FileManager.default.fileExists(atPath: source.path) else {
            throw HarnessTrouble(
                "folder \(source.path)", why: "is missing, but the profile names stand-ins",
                fix: "put it beside the folder of the profiles")
        }
        try await machine.ssh.copy(source, to: target, limit: machine.limit(.copy))
    }
}
