import Foundation

/// Runs commands against a machine and gives up as soon as the machine's domain has ended: no tool would notice that
/// before its own deadline.
struct WatchedRunner: CommandRunner {
    let runner: any CommandRunner
    let domain: String
    let virsh: Virsh
    /// How often libvirt is asked.
    var interval = Duration.seconds(2)

    /// Runs the command.
    ///
    /// - Throws: ``HarnessTrouble`` saying that the machine is gone, after ending the command.
    func run(_ command: Command) async throws -> CommandResult {
        // Polls are short, and their callers ask libvirt themselves.
        guard !command.isPoll else { return try await runner.run(command) }
        return try await withThrowingTaskGroup(of: CommandResult?.self) { group in
            group.addTask { try await runner.run(command) }
            group.addTask {
                try await waitForEnd()
                return nil
            }
            defer { group.cancelAll() }
            while let first = try await group.next() {
                if let first { return first }
            }
            throw CancellationError()
        }
    }

    /// Returns only by throwing.
    private func waitForEnd() async throws {
        while true {
            try await pause(for: interval)
            guard let trouble = try await trouble() else { continue }
            throw trouble
        }
    }

    private func trouble() async throws -> HarnessTrouble? {
        let state: String?
        do {
            state = try await virsh.stateWithReason(of: domain)
        } catch is CommandError {
            // libvirt can't tell now. The guest may well be running.
            return nil
        }
        return Self.trouble(domain, state: state)
    }

    private static let gone = "is gone: libvirt says"

    /// Whether a trouble is that the domain has ended.
    static func isEnd(_ trouble: HarnessTrouble) -> Bool { trouble.why.hasPrefix(gone) }

    /// What a state means for somebody who waits for the guest; `nil` when the guest may still answer.
    static func trouble(_ domain: String, state: String?) -> HarnessTrouble? {
        let state = state ?? "removed"
        let why = "\(gone) \(printable(state))"
        if state.hasPrefix("paused (I/O error") {
            return HarnessTrouble(
                "machine \(domain)", why: "stands still: libvirt says \(state)",
                fix: "QEMU could not write: free disk space where BOMA_IT_CACHE is, then run again")
        }
        guard ["removed", "shut off", "crashed"].contains(where: state.hasPrefix) else { return nil }
        return HarnessTrouble(
            "machine \(domain)", why: why,
            fix:
                "run again; why QEMU ended is in /var/log/libvirt/qemu/\(domain).log, or in the kernel's log (out of memory)"
        )
    }
}
