import Foundation
import Synchronization
import XCTest

@testable import VMHarness

/// A machine whose guest is a script: what is concluded from its answers.
final class ScriptedGuestTests: XCTestCase {
    private static let old = UUID()
    private static let new = UUID()

    /// A machine of KVM that answers on a port of this host.
    private func machine(
        console: String = "", _ accelerator: Accelerator = .kvm, timeFactor: Double = 1,
        _ answer: @escaping @Sendable (String) -> (Int32, String)
    ) throws -> (Machine, LoopbackListener) {
        let folder = try temporaryFolder()
        let listener = try LoopbackListener(backlog: 1000)
        var record = MachineRecord(
            name: "boma-it-a", run: "r", subject: "a", owner: .current, created: Date(), address: "127.0.0.1", mac: "",
            backing: "", evidence: folder.path)
        record.sshPort = listener.port
        let guest = ScriptedRunner { command in
            answer((command.arguments + [command.input ?? ""]).joined(separator: " "))
        }
        let virsh = Virsh(runner: ScriptedRunner { _ in (0, "running (booted)\n") }, uri: "t")
        let machine = Machine(
            record: record, folder: MachineFolder(url: folder), virsh: virsh, runner: guest, accelerator: accelerator,
            timeFactor: timeFactor, say: { _ in })
        // What was there before it is another machine's.
        try console.write(to: folder.appending(path: "console.log"), atomically: true, encoding: .utf8)
        return (machine, listener)
    }

    private static func boots(_ ids: [UUID]) -> String {
        let entries = ids.map { #"{"boot_id": "\#($0.uuidString.lowercased().replacing("-", with: ""))"}"# }
        return "\(ids.last?.uuidString ?? "")\n[\(entries.joined(separator: ", "))]\n"
    }

    /// It went down and came back between two looks: nobody has seen the port closed.
    func testAVeryFastRebootIsProvenByItsOtherBoot() async throws {
        let isRebooted = Mutex(false)
        let (machine, listener) = try machine { text in
            isRebooted.withLock { isRebooted in
                if text.contains("systemctl reboot") {
                    isRebooted = true
                    return (0, "")
                }
                let ids = isRebooted ? [Self.old, Self.new] : [Self.old]
                if text.contains("list-boots") { return (0, Self.boots(ids)) }
                return text.contains("random/boot_id") ? (0, "\(ids.last?.uuidString ?? "")\n") : (0, "")
            }
        }
        let proof = try await machine.reboot()
        XCTAssertEqual(proof.before, Self.old)
        XCTAssertEqual(proof.after, Self.new)
        withExtendedLifetime(listener) {}
    }

    func testAGuestThatGoesOnAnsweringHasNotRebooted() async throws {
        let (machine, listener) = try machine { text in
            if text.contains("list-boots") { return (0, Self.boots([Self.old])) }
            return text.contains("random/boot_id") ? (0, "\(Self.old.uuidString)\n") : (0, "")
        }
        await assertThrows({ try await machine.reboot(within: .seconds(1)) }) {
            XCTAssertTrue($0.contains("never went down"), $0)
        }
        withExtendedLifetime(listener) {}
    }

    /// With KVM nothing is the emulator's fault, however slow the user says that the control host is.
    func testASlowHostIsNoEmulator() async throws {
        let stall = "rcu: rcu_preempt kthread timer wakeup didn't happen for 5251 jiffies! g-1147 f0x0\n"
        for (accelerator, isFault) in [(Accelerator.kvm, false), (.tcg, true)] {
            let (machine, listener) = try machine(console: stall, accelerator, timeFactor: 2) { text in
                if text.contains("list-boots") { return (0, Self.boots([Self.old])) }
                return text.contains("random/boot_id") ? (0, "\(Self.old.uuidString)\n") : (0, "")
            }
            var error: (any Error)?
            do { try await machine.waitForFirstBoot() } catch let seen { error = seen }
            XCTAssertEqual(error is EmulatorFault, isFault, "\(accelerator): \(error.map { "\($0)" } ?? "nothing")")
            withExtendedLifetime(listener) {}
        }
    }
}
