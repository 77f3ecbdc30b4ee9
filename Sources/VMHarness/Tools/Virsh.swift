import Foundation

/// `virsh` on one libvirt.
public struct Virsh: Sendable {
    let runner: any CommandRunner
    /// libvirt's address.
    public let uri: String

    /// Talks to the libvirt at `uri`.
    public init(runner: any CommandRunner, uri: String) {
        self.runner = runner
        self.uri = uri
    }

    /// Runs any subcommand; its exit status is the caller's to judge.
    public func run(_ arguments: [String], limit: Duration = .seconds(60), isPoll: Bool = false) async throws
        -> CommandResult
    {
        try await runner.run(Command("virsh", ["--connect", uri] + arguments, limit: limit, isPoll: isPoll))
    }

    /// Names of all domains, running or not.
    public func domainNames() async throws -> [String] {
        try await run(["list", "--all", "--name"]).requireSuccess("listing the domains").output.lines
    }

    /// Names of all networks, active or not.
    public func networkNames() async throws -> [String] {
        try await run(["net-list", "--all", "--name"]).requireSuccess("listing the networks").output.lines
    }

    /// The definition of a domain.
    public func domainXML(_ name: String) async throws -> String {
        try await run(["dumpxml", name]).requireSuccess("reading the definition of \(name)").output
    }

    /// State of a domain (`running`, `shut off`, …); `nil` when there is none of that name.
    public func state(of name: String) async throws -> String? {
        let result = try await run(["domstate", name], isPoll: true)
        return result.succeeded ? result.output.trimmingCharacters(in: .whitespacesAndNewlines) : nil
    }
}

extension String {
    /// Trimmed lines without the empty ones.
    var lines: [String] {
        split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
