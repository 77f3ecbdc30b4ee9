import Foundation

/// Takes snapshots of a machine's state.
public struct StateSnapshotter: Sendable {
    private let machine: Machine

    /// Takes them of `machine`.
    public init(_ machine: Machine) {
        self.machine = machine
    }

    /// Takes a snapshot in one round trip. Changes nothing in the guest.
    ///
    /// - Throws: ``CommandError`` when the guest can't be asked; ``HarnessTrouble`` when its answer can't be read.
    public func take() async throws -> StateSnapshot {
        let name = machine.ssh.host
        // The limit of each part; all parts run at the same time.
        let seconds = Int(machine.limit(.lookPart).inSeconds)
        let result = try await machine.ssh.runPythonAsRoot(
            GuestProgram.text,
            arguments: [JSONValue.object(["seconds": .integer(seconds)]).json],
            limit: machine.limit(.look)
        ).requireSuccess("taking a snapshot of \(name)")
        do {
            return try JSONDecoder().decode(StateSnapshot.self, from: Data(result.output.utf8))
        } catch {
            // The error may quote text of the machine.
            throw HarnessTrouble(
                "taking a snapshot of \(name)", why: "the answer can't be read (\(printable("\(error)")))",
                fix: "see \(result.log?.path ?? "the run directory")")
        }
    }
}
