import Foundation

/// `virsh` on one libvirt.
public struct Virsh: Sendable {
    let runner: any CommandRunner
    /// libvirt's address.
    public let uri: String
    /// How long a libvirt that does not answer is asked again: it may just be restarting.
    private let patience: Duration

    /// How long a run waits for a libvirt that answered before.
    public static let runPatience = Duration.seconds(60)

    /// Talks to the libvirt at `uri`.
    ///
    /// - Parameter patience: how long a connection that fails is tried again; not at all when left out.
    public init(runner: any CommandRunner, uri: String, patience: Duration = .zero) {
        self.runner = runner
        self.uri = uri
        self.patience = patience
    }

    /// Runs any subcommand; its exit status is the caller's to judge.
    ///
    /// A call that never reached libvirt, or that only asks, is repeated while libvirt restarts. One that was broken off
    /// half-way is not: nobody knows what it did.
    public func run(_ arguments: [String], limit: Duration = .seconds(60), isPoll: Bool = false) async throws
        -> CommandResult
    {
        let command = Command("virsh", ["--connect", uri] + arguments, limit: limit, isPoll: isPoll)
        let deadline = Deadline(after: patience)
        while true {
            let result = try await runner.run(command)
            let mayRepeat =
                Self.neverArrived(result) || (Self.isBroken(result) && Self.asking.contains(arguments.first ?? ""))
            guard mayRepeat, !deadline.hasPassed else { return result }
            try await pause(for: .seconds(1))
        }
    }

    private static let asking: Set<String> = [
        "list", "net-list", "dumpxml", "domstate", "domstats", "domiflist", "net-dumpxml", "capabilities", "version",
        "nwfilter-list", "nwfilter-dumpxml", "save-image-dumpxml",
    ]

    private static func neverArrived(_ result: CommandResult) -> Bool {
        !result.succeeded && result.errorOutput.contains("failed to connect to the hypervisor")
    }

    private static func isBroken(_ result: CommandResult) -> Bool {
        !result.succeeded
            && ["End of file while reading data", "Cannot recv data", "client socket is closed", "Disconnected from"]
                .contains { result.errorOutput.contains($0) }
    }

    private static let hint = "is libvirt running? boma-it doctor looks; what is left of a run goes with boma-it clean"

    /// Names of all domains, running or not.
    public func domainNames() async throws -> [String] {
        try await run(["list", "--all", "--name"]).requireSuccess("listing the domains", hint: Self.hint).output.lines
    }

    /// Names of all networks, active or not.
    public func networkNames() async throws -> [String] {
        try await run(["net-list", "--all", "--name"]).requireSuccess("listing the networks", hint: Self.hint).output
            .lines
    }

    /// The definition of a domain.
    public func domainXML(_ name: String) async throws -> String {
        try await run(["dumpxml", name]).requireSuccess("reading the definition of \(name)").output
    }

    /// The definition of a domain; `nil` when there is none of that name.
    ///
    /// - Throws: ``CommandError`` when libvirt can't tell.
    public func definition(of name: String) async throws -> String? {
        try await unlessMissing(["dumpxml", name], "reading the definition of \(name)")
    }

    /// State of a domain (`running`, `shut off`, …); `nil` when there is none of that name.
    ///
    /// - Throws: ``CommandError`` when libvirt can't tell, so that silence never passes for an answer.
    public func state(of name: String) async throws -> String? {
        try await unlessMissing(["domstate", name], "asking libvirt for the state of \(name)")?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The same with libvirt's reason: `shut off (crashed)`.
    public func stateWithReason(of name: String) async throws -> String? {
        try await unlessMissing(["domstate", "--reason", name], "asking libvirt for the state of \(name)")?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func unlessMissing(_ arguments: [String], _ purpose: String) async throws -> String? {
        let result = try await run(arguments, isPoll: true)
        let isMissing = ["failed to get domain", "Domain not found"].contains { result.errorOutput.contains($0) }
        // virsh says the same when libvirtd went away between two questions, so the list has the last word.
        if !result.succeeded, isMissing, try await !domainNames().contains(arguments.last ?? "") { return nil }
        return try result.requireSuccess(
            purpose, hint: Self.hint
        ).output
    }
}
