/// One question to a guest whose test has failed.
public struct EvidenceProbe: Sendable {
    /// Name of the file that gets the answer.
    public let file: String
    /// Shell command, run as root.
    public let command: String

    /// What a reader needs first, for any subject.
    public static let standard = [
        EvidenceProbe(file: "nft-ruleset.txt", command: "nft list ruleset"),
        EvidenceProbe(file: "docker-ps.txt", command: "docker ps -a"),
        EvidenceProbe(file: "ss.txt", command: "ss -tlnp"),
        EvidenceProbe(file: "journal.txt", command: "journalctl -b --no-pager | tail -n 5000"),
        EvidenceProbe(file: "critical-chain.txt", command: "systemd-analyze critical-chain --no-pager"),
        EvidenceProbe(file: "failed-units.txt", command: "systemctl --failed --no-pager --full"),
        EvidenceProbe(file: "ip.txt", command: "ip address; ip route"),
        EvidenceProbe(file: "boots.txt", command: "journalctl --list-boots --no-pager"),
    ]
}
