import Foundation

/// The harness's own way into a machine: SSH as the profile's user on the port that sshd listens on, and root by a sudo rule
/// of its own, read last. When a playbook moves sshd to another port, or takes the rule away, QEMU's guest agent is asked,
/// which needs neither network nor login: that is a change for whoever logs in, and not a host that is dead.
enum WayIn {
    /// The file with the rule. Its name sorts last: of several rules the last one counts (sudoers(5)).
    static let sudoRule = "/etc/sudoers.d/zz-boma-it"

    /// The rule. A `requiretty` or a password that a playbook asks for is for people.
    static func sudoers(user: String) -> String {
        "# The way in of boma-it, which made this machine.\nDefaults:\(user) !requiretty\n\(user) ALL=(ALL:ALL) NOPASSWD:ALL\n"
    }

    /// What there is of it, for a report.
    static func description(user: String) -> String {
        "Way in: SSH as \(user) and sudo by \(sudoRule), else QEMU's guest agent."
    }

    /// Says on which ports sshd accepts from outside, one line each, and whether sudo asks for a password.
    static let question = #"""
        exec 2>/dev/null
        {
            ss -Hltnp | awk '/"sshd"/ { print $4 }'
            ! systemctl is-active -q ssh.socket || systemctl show -p Listen --value ssh.socket | awk '/Stream/ { print $1 }'
        } | grep -vE '^(127\.|\[::1\])' | sed 's/.*:/port /' | sort -u
        runuser -u "$user" -- sudo -n true || echo "no sudo"
        """#

    /// Writes the rule anew, and says whether it helps.
    static let repair = #"""
        exec 2>/dev/null
        umask 227
        mkdir -p /etc/sudoers.d
        printf '%s' "$rule" >"$file"
        runuser -u "$user" -- sudo -n true || echo "no sudo"
        """#

    /// What the answer to ``question`` says.
    static func parse(_ answer: String) -> (ports: [UInt16], hasSudo: Bool) {
        let ports = answer.lines.filter { $0.hasPrefix("port ") }.compactMap { UInt16($0.dropFirst(5)) }
        return (ports.sorted(), !answer.lines.contains("no sudo"))
    }
}

extension Machine {
    /// Makes sure that boma-it gets in after something that may have closed its way, and opens it anew where it can.
    ///
    /// - Throws: ``HarnessTrouble`` when sudo asks for a password even so.
    public func ensureWayIn() async throws {
        if case .boot = try await tryLogin() { return }
        _ = try await openWayIn()
    }

    /// Asks the guest through its agent on which port sshd listens and whether sudo works, and goes by it.
    ///
    /// - Returns: whether anything is different now; `false` also when the agent does not answer.
    func openWayIn() async throws -> Bool {
        let agent = GuestAgent(virsh: virsh, domain: record.name)
        let user = shellQuoted(record.user ?? "root")
        let answer: String
        do {
            answer = try await agent.run("user=\(user)\n\(WayIn.question)", limit: limit(.agent))
        } catch let error where !(error is CancellationError) {
            return false
        }
        let (ports, hasSudo) = WayIn.parse(answer)
        var isOther = false
        if let port = ports.first, !ports.contains(sshPort) {
            try use(sshPort: port)
            isOther = true
        }
        if !hasSudo, let name = record.user {
            let rule = shellQuoted(WayIn.sudoers(user: name))
            let left = try await agent.run(
                "user=\(user) file=\(WayIn.sudoRule) rule=\(rule)\n\(WayIn.repair)", limit: limit(.agent))
            guard WayIn.parse(left).hasSudo else {
                throw HarnessTrouble(
                    "the way into \(record.subject)",
                    why: "sudo asks \(name) for a password, and \(WayIn.sudoRule) does not count any more",
                    fix: "let /etc/sudoers go on including /etc/sudoers.d", blame: .playbook, runbook: .sshNeverAnswers)
            }
            remark("sudo asked \(name) for a password; boma-it has put its own rule back (\(WayIn.sudoRule))")
            isOther = true
        }
        return isOther
    }

    private func use(sshPort port: UInt16) throws {
        remark("sshd listens on port \(port) now, no longer on \(sshPort); boma-it follows")
        var changed = record
        changed.sshPort = port
        try changed.write(in: folder.url)
        let text = try String(contentsOf: folder.sshConfig, encoding: .utf8)
        // Whole lines of ours; see SSHConfig.
        try text.replacingOccurrences(of: "\n  Port \(sshPort)\n", with: "\n  Port \(port)\n")
            .write(to: folder.sshConfig, atomically: true, encoding: .utf8)
        update(changed)
    }
}
