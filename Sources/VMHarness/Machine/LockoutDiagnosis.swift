import Foundation

/// Asks a guest that lets nobody in why that is, through its agent.
struct LockoutDiagnosis {
    let agent: GuestAgent
    /// The address that the guest should have.
    let address: String
    /// The port that sshd should listen on.
    let port: UInt16

    // Each line that it prints is a cause. What it can't tell, it leaves out: a wrong cause is worse than none, as a
    // host that is only slow would be condemned. A process costs a second in an emulated guest.
    static let script = #"""
        exec 2>/dev/null
        listens=$(ss -Htln "sport = :$port")
        for unit in ssh.service sshd.service; do
            LoadState='' ActiveState='' Job=''
            eval "$(systemctl show -p LoadState,ActiveState,Job $unit)"
            if [ "$LoadState" = masked ]; then echo "$unit is masked"; break; fi
            [ "$LoadState" = loaded ] || continue
            # Still on its way, or in the queue, so it is too early to tell.
            [ "$ActiveState" != activating ] && [ "${Job:-0}" = 0 ] || exit 0
            [ "$ActiveState" = active ] || [ -n "$listens" ] || echo "$unit is $ActiveState"
            break
        done
        [ ! -x /usr/sbin/sshd ] || /usr/sbin/sshd -t 2>&1 | grep -v 'privilege separation directory' | head -n 2
        if [ -n "$refused" ]; then
            journalctl -b -t sshd -t sshd-session -o cat --no-pager -n 200 | grep 'not allowed because' | tail -n 1
        elif ! ip -4 -o address show | grep -qF " $address/"; then
            case $(systemctl is-system-running) in
            running | degraded) echo "no interface has the address $address" ;;
            esac
        elif [ -n "$listens" ] && timeout 5 bash -c '</dev/tcp/127.0.0.1/$0' "$port"; then
            nft list ruleset | awk -v port="$port" '
                function tell(why) {
                    print "sshd answers inside, and the firewall drops what comes in: chain " table " " chain why }
                /^table/ { table = $2 " " $3 }
                $1 == "chain" { chain = $2; hooked = drops = passes = 0 }
                /hook (input|prerouting|ingress)/ { hooked = 1; drops = /hook input/ && /policy drop/ }
                /jump|goto|vmap/ || $0 ~ "dport.*(" port "|ssh|@).*accept" { passes = 1 }
                hooked && $0 ~ "dport.*[ {]" port "[ ,}].*(drop|reject)" { tell(""); drops = 0 }
                $1 == "}" { if (drops && !passes) tell(" (policy drop)"); drops = 0 }' | head -n 2
        fi
        [ "$(df --output=avail / | tail -n 1)" -gt 0 ] || echo "/ is full"
        """#

    /// The causes that can be told, at most five; none when the agent does not answer.
    ///
    /// - Parameter isRefused: whether something answers from outside, and refuses the login.
    func causes(isRefused: Bool, limit: Duration) async throws -> [String] {
        do {
            let answer = try await agent.run(
                "address=\(shellQuoted(address)) port=\(port) refused=\(isRefused ? "yes" : "")\n\(Self.script)",
                limit: limit)
            return answer.lines.prefix(5).map { printable($0) }
        } catch let error where !(error is CancellationError) {
            return []
        }
    }
}

/// The guest has booted, but lets nobody in.
public struct NobodyCanLogIn: BlamedError, CustomStringConvertible, Sendable, Equatable {
    /// Why, as the guest itself says.
    public let causes: [String]
    /// What the last attempt from outside saw.
    public let lastSeen: String

    /// The host's.
    public var blame: Blame { .host }
    /// About logins that don't work.
    public var runbook: Runbook? { .sshNeverAnswers }

    /// The causes, and what was seen from outside.
    public var description: String {
        "nobody can log in any more: \(causes.joined(separator: "; ")) (from outside: \(lastSeen))"
    }
}

extension Machine {
    /// What the guest itself shows once our time for a login is over: its console has offered one long ago, or systemd says
    /// that the boot is over. A deadline alone is ours, and says nothing about the host.
    ///
    /// - Returns: `nil` when there is no evidence of the guest's own.
    func evidence(of late: WaitError) async throws -> NobodyCanLogIn? {
        if let prompt = console.promptSeen, ContinuousClock.now - prompt > limit(.prompt) {
            let waited = (ContinuousClock.now - prompt).forPeople
            return NobodyCanLogIn(
                causes: ["its console has offered a login for \(waited)"] + console.remarks.prefix(2),
                lastSeen: late.lastSeen)
        }
        let agent = GuestAgent(virsh: virsh, domain: record.name)
        do {
            let state = try await agent.run("systemctl is-system-running", limit: limit(.agent))
            guard let word = state.lines.first, ["running", "degraded"].contains(word) else { return nil }
            return NobodyCanLogIn(
                causes: ["its boot is over, systemd is \(word)"] + console.remarks.prefix(2), lastSeen: late.lastSeen)
        } catch let error where !(error is CancellationError) {
            return nil
        }
    }

    /// Ends a wait for a login that makes no sense any more: the guest offers a login on its console, has had the time
    /// to start sshd, too, and its agent can say why it does not let us in.
    func lookForLockout(_ seen: String, isRefused: Bool) async throws {
        // sshd comes up together with the console's login; under emulation with some distance.
        let grace = limit(.prompt)
        guard let prompt = console.promptSeen, ContinuousClock.now - prompt > grace else { return }
        // Ask again: it may still be starting.
        guard lastDiagnosis.map({ ContinuousClock.now - $0 > .seconds(15) }) ?? true else { return }
        lastDiagnosis = .now
        if try await openWayIn() { return }
        let causes = try await LockoutDiagnosis(
            agent: GuestAgent(virsh: virsh, domain: record.name), address: address, port: sshPort
        ).causes(isRefused: isRefused, limit: limit(.agent))
        guard causes.isEmpty else { throw NobodyCanLogIn(causes: causes, lastSeen: seen) }
    }
}
