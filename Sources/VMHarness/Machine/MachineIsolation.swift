import Foundation

extension Machine {
    /// Begins to prove the guest's isolation beside whatever comes next; ``proveIsolation()`` waits for it.
    func beginProvingIsolation() {
        guard !isIsolationProven, isolationProof == nil else { return }
        isolationProof = Task {
            let start = Deadline(after: .zero)
            let words = try await proof.verify()
            say("isolation: proven from inside in \(start.elapsed.forPeople): \(words)")
            return words
        }
    }

    /// Proves the guest's isolation, once in each boot and for each play; a play can't begin before that.
    ///
    /// - Throws: ``HarnessTrouble`` when it leaks, or when that can't be found out.
    public func proveIsolation() async throws {
        beginProvingIsolation()
        guard let task = isolationProof else { return }
        defer { if isolationProof == task { isolationProof = nil } }
        isolationWords = try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
        noteIsolation(proven: true)
    }

    /// Puts the proof off until after the first look at a restored guest, which it would slow down. Whatever is done to the
    /// guest waits for it.
    func oweIsolationProof() { owesIsolationProof = true }

    /// Begins a proof that has been put off, beside whatever comes next.
    func beginOwedIsolationProof() {
        if owesIsolationProof { beginProvingIsolation() }
    }

    /// Waits for a proof that goes on or has been put off, which has to be through before anything is done to the guest that
    /// it would notice.
    public func finishIsolationProof() async throws {
        if isolationProof != nil || owesIsolationProof { try await proveIsolation() }
    }

    /// What was proven holds no longer, for example because another boot begins.
    func forgetIsolation() async throws {
        try await finishIsolationProof()
        noteIsolation(proven: false)
    }

    /// What the guest can reach that it must not, whatever is attached to its card: for tests of the proof itself.
    package func isolationLeaks() async throws -> [String] {
        try await forgetIsolation()
        let seen = try await proof.look()
        return seen.heard.leaks + seen.came.came
    }

    private var proof: IsolationProof {
        IsolationProof(
            domain: domain, address: address, virsh: virsh, ssh: ssh, limit: limit(.isolation),
            folder: URL(filePath: record.evidence).appending(path: "isolation"))
    }
}
