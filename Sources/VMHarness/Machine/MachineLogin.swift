import Foundation

extension Machine {
    /// Waits for a login over a connection of its own, with the known host key, that no shutdown or boot forbids.
    @discardableResult
    func waitForLogin() async throws -> UUID {
        let wait = Wait(
            for: "a login to \(record.subject) (\(address)) with the known host key",
            limit: limit(.login),
            hint: "look at the end of \(record.evidence)/console.log", longestPause: .milliseconds(200))
        do {
            return try await login(wait)
        } catch let late as WaitError {
            throw try await evidence(of: late) ?? late
        }
    }

    private func login(_ wait: Wait) async throws -> UUID {
        var libvirtAsked: ContinuousClock.Instant?
        return try await wait.until {
            try console.look(isEmulated: accelerator == .tcg)
            if libvirtAsked.map({ ContinuousClock.now - $0 > .seconds(2) }) ?? true {
                try await requireRunning()
                libvirtAsked = .now
            }
            if let seen = knock.refused, try await !isWorthAKnock() { return .notYet(seen) }
            // Silence decides nothing here: the next attempt sees a port that has opened meanwhile.
            switch try await tryLogin(patience: .seconds(2)) {
            case .boot(let id): return .done(id)
            case .closed(let words):
                knock.note(words)
                try await lookForLockout(words, isRefused: true)
                return .notYet(withRemarks(words))
            case .unreachable(let words):
                try await lookForLockout(words, isRefused: false)
                return .notYet(withRemarks(words))
            }
        }
    }

    /// Whether there is a reason to try again: the guest says that sshd listens and that logins are allowed, or enough time
    /// has passed for the limits of firewalls and of sshd itself, which count attempts (`ufw limit`: 6 in 30 s; sshd_config(5),
    /// PerSourcePenalties).
    private func isWorthAKnock() async throws -> Bool {
        guard !knock.mayKnock else { return true }
        guard knock.mayAsk(isEmulated: accelerator == .tcg) else { return false }
        do {
            let script = "ss -Hltn 'sport = :\(sshPort)' | grep -q . && test ! -e /run/nologin && echo ready"
            return try await GuestAgent(virsh: virsh, domain: record.name).run(script, limit: limit(.agent)).lines
                .contains("ready")
        } catch let error where !(error is CancellationError) {
            return false
        }
    }

    private func requireRunning() async throws {
        let state = try await virsh.stateWithReason(of: record.name)
        // What it did itself is on its console; a full disk is the host's.
        if state?.hasPrefix("paused") == true, let trouble = WatchedRunner.trouble(record.name, state: state) {
            throw trouble
        }
        guard state?.hasPrefix("running") == true else {
            throw HarnessTrouble(
                "machine \(record.name)", why: "is \(printable(state ?? "gone")) while it should boot",
                fix: state?.hasPrefix("paused") == true && accelerator == .kvm
                    ? "read its log in /var/log/libvirt/qemu; if that names a KVM internal error, set BOMA_IT_ACCEL=tcg"
                    : "look at \(record.evidence)/console.log")
        }
    }

    private func withRemarks(_ words: String) -> String {
        ([words] + console.remarks.prefix(2).map { "on the console: \($0)" }).joined(separator: "; ")
    }

    /// What came of a login over a connection of its own.
    enum Login {
        /// It worked, in this boot.
        case boot(UUID)
        /// Something answers, but lets nobody in: it is booting, or shutting down.
        case closed(String)
        /// Nothing answers.
        case unreachable(String)
    }

    /// - Parameter patience: how long the port may be silent before the guest counts as unreachable.
    func tryLogin(patience: Duration = SSHConfig.patience) async throws -> Login {
        if let obstacle = try await TCPPort.obstacle(address, port: sshPort, limit: patience) {
            if obstacle.isRefusal { knock.note(obstacle.words) }
            return .unreachable(obstacle.words)
        }
        let look = try await ssh.runAsRoot(
            "test ! -e /run/nologin && cat /proc/sys/kernel/random/boot_id", limit: limit(.loginAttempt), isFresh: true,
            isPoll: true)
        if look.succeeded, let id = UUID(uuidString: look.output.trimmingCharacters(in: .whitespacesAndNewlines)) {
            return .boot(id)
        }
        let words = look.errorOutput.lines.last ?? "no login"
        if case .timedOut = look.ending { return .unreachable("no answer") }
        // ssh exits with 255 for whatever keeps it from a session: asked once more, the port says whether somebody is
        // there. A
        // kernel that accepts for a program that never speaks counts as nobody.
        guard look.ending == .exited(255) else { return .closed(words) }
        if look.duration >= SSHConfig.patience { return .unreachable(words) }
        return try await TCPPort.obstacle(address, port: sshPort, limit: patience) == nil
            ? .closed(words) : .unreachable(words)
    }
}
