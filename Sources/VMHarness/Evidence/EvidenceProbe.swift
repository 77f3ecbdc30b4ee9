/// One question to a guest whose test has failed.
public struct EvidenceProbe: Sendable {
    /// Name of the file that gets the answer.
    public let file: String
    /// Shell command, run as root.
    public let command: String

    /// What a reader needs first, for any subject. Nothing here needs the network, and nothing writes to a disk.
    public static let standard = [
        EvidenceProbe(file: "journal.txt", command: "journalctl -b --no-pager -n 5000"),
        EvidenceProbe(file: "journal-previous-boot.txt", command: "journalctl -b -1 --no-pager -n 3000"),
        EvidenceProbe(file: "boots.txt", command: "journalctl --list-boots --no-pager"),
        EvidenceProbe(
            file: "failed-units.txt",
            command: """
                systemctl --failed --no-pager --full
                names=$(systemctl list-units --state=failed --plain --no-legend --no-pager | cut -d' ' -f1)
                [ -z "$names" ] || systemctl status --no-pager --full --lines=30 -- $names
                systemctl list-jobs --no-pager
                """),
        EvidenceProbe(file: "nft-ruleset.txt", command: "nft list ruleset"),
        EvidenceProbe(file: "docker-ps.txt", command: "docker ps -a"),
        // Read the files: they exist even when the daemon does not run.
        EvidenceProbe(
            file: "container-logs.txt",
            command: "tail -v -n 200 /var/lib/docker/containers/*/*-json.log"),
        EvidenceProbe(file: "ss.txt", command: "ss -tulnp"),
        EvidenceProbe(file: "ip.txt", command: "ip address; ip route show table all; ip rule; ip neighbour"),
        EvidenceProbe(file: "critical-chain.txt", command: "nice systemd-analyze critical-chain --no-pager"),
        EvidenceProbe(file: "blame.txt", command: "nice systemd-analyze blame --no-pager"),
        EvidenceProbe(file: "boot-plot.svg", command: "nice systemd-analyze plot"),
        EvidenceProbe(
            file: "cloud-init.txt",
            command: """
                tail -v -n 400 /run/cloud-init/status.json /run/cloud-init/result.json \\
                    /var/log/cloud-init-output.log /var/log/cloud-init.log
                """),
        EvidenceProbe(file: "disks.txt", command: "df -h; df -i; cat /proc/mounts /etc/fstab"),
        EvidenceProbe(file: "kernel.txt", command: "cat /proc/cmdline /proc/meminfo; dmesg | tail -n 500"),
        EvidenceProbe(file: "processes.txt", command: "ps -eo pid,ppid,user,stat,etimes,rss,args --forest"),
        EvidenceProbe(file: EtcChanges.listing, command: EtcChanges.script),
    ]
}
