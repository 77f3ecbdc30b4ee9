import Foundation
import VMHarness

/// A machine in a list for people.
enum StatusText {
    static func lines(_ machine: MachineStatus, now: Date, on terminal: Terminal) -> String {
        let colour: Terminal.Colour = machine.state == "in use" ? .green : .yellow
        let memory = machine.memoryMiB.map { "\($0) MiB memory" } ?? "memory unknown"
        let disk = machine.diskMiB.map { "\($0) MiB disk" } ?? "disk unknown"
        let age = age(now.timeIntervalSince(machine.created))
        var lines = [
            "\(terminal.coloured(machine.name, .bold))  \(terminal.coloured(machine.state, colour))"
                + ", \(machine.domain ?? "not in libvirt"), \(age), \(memory), \(disk)"
        ]
        if let reason = machine.keptBecause?.split(whereSeparator: \.isNewline).first {
            lines.append("  kept because: \(printable(reason))")
        }
        lines += ["  run: \(machine.run)", "  evidence: \(machine.evidence)", "  log in: \(machine.enter)"]
        return lines.joined(separator: "\n")
    }

    /// `5 min old`, `3 h old`, `2 days old`.
    static func age(_ seconds: TimeInterval) -> String {
        let minutes = Int(max(0, min(seconds, 1e9)) / 60)
        if minutes < 120 { return "\(minutes) min old" }
        return minutes < 48 * 60 ? "\(minutes / 60) h old" : "\(minutes / 1440) days old"
    }
}
