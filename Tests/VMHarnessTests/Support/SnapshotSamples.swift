@testable import VMHarness

/// Facts of a small Docker host, as `Resources/guest/state` tells them.
enum SnapshotSamples {
    typealias Facts = [StateSnapshot.Part: [String: String]]

    static let docker = "type filter hook forward priority filter; policy accept;\ncounter jump DOCKER-USER"
    static let hardened = "type filter hook forward priority filter; policy drop;"
    static let fixed = hardened + "\nct status dnat ct state new accept\niifname \"docker0\" accept"
    static let input = "type filter hook input priority filter; policy drop;\ntcp dport 22 accept"

    static let healthy: Facts = [
        .units: [
            "docker.service": "active running boot", "ssh.service": "active running boot",
            "nftables.service": "inactive dead boot", "systemd-hostnamed.service": "active running demand",
            "ldconfig.service": "active exited boot", "cron.timer": "active - boot",
        ],
        .users: ["mimi manager": "", "mimi sync.service": ""], .byHand: [:], .restarts: [:], .reasons: [:],
        .legacy: [:], .configured: ["net/ipv4/ip_forward": "1\t/etc/sysctl.d/50-router.conf"],
        .tunables: ["/sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never"], .behind: [:],
        .links: [:], .plannedFirewall: [:], .lasting: [:], .devices: [:],
        .runtime: ["/run/docker.sock": "socket 0660 0:998 listens"],
        .enablement: ["docker.service": "enabled", "nftables.service": "enabled"],
        .listeners: [
            "tcp 0.0.0.0:22": "sshd", "tcp 0.0.0.0:8080": "docker-proxy", "tcp [::]:8080": "docker-proxy",
            "tcp 127.0.0.1:38211": "containerd",
        ],
        .firewall: ["chain ip filter FORWARD": docker, "chain ip nat DOCKER": "tcp dport 8080 dnat to <address>:80"],
        .routes: [
            "default via 192.0.2.1 dev eth0 metric 100": "", "172.17.0.0/16 dev docker0": "",
            "rule 32766: src all table main": "",
        ],
        .addresses: ["eth0": "up mtu 1500", "eth0 192.0.2.10/24": "", "docker0": "up mtu 1500"],
        .dns: ["upstream: nameserver 192.0.2.1": ""],
        .sysctl: ["net/ipv4/ip_forward": "1", "net/ipv4/conf/eth0/forwarding": "1", "vm/swappiness": "60"],
        .mounts: ["/": "ext4 rw", "/data": "ext4 rw,nodev", "swap /dev/vda2": ""],
        .modules: ["br_netfilter": ""],
        .system: ["hostname": "askari", "kernel": "6.12.1-cloud", "command line quiet": ""],
        .containers: [
            "hello status": "running", "hello ports": "*:8080->80/tcp", "hello networks": "bridge",
            "hello bridges": "docker0", "hello restart policy": "unless-stopped", "hello image": "hello:1",
        ],
        .packages: ["docker.io:amd64": "26.1.5", "zlib1g:amd64": "1.3"],
        .hostKeys: ["ssh_host_ed25519_key.pub": "0123456789ab"],
        .etc: ["/etc/hosts": "aaaaaaaaaaaa 0644 0:0", "/etc/nftables.conf": "bbbbbbbbbbbb 0755 0:0"],
    ]

    static func snapshot(
        _ facts: Facts = healthy, without part: StateSnapshot.Part? = nil,
        _ content: StateSnapshot.Content = .unavailable("")
    ) -> StateSnapshot {
        var parts = facts.mapValues { StateSnapshot.Content.facts($0) }
        if let part { parts[part] = content }
        return StateSnapshot(parts: parts)
    }

    /// The healthy host with some facts changed; `nil` removes one.
    static func changed(_ part: StateSnapshot.Part, _ facts: [String: String?], in base: Facts = healthy) -> Facts {
        var all = base
        for (key, value) in facts { all[part, default: [:]][key] = value }
        return all
    }

    static func reachability(alive: Bool) -> Reachability {
        let outside = Answer(ok: alive, detail: alive ? "answers" : "Connection timed out")
        let egress = Answer(ok: alive, detail: alive ? "answers" : "timed out")
        return Reachability(
            outside: [8080: outside], localhost: [8080: Answer(ok: true, detail: "answers")],
            containerEgress: ["hello": egress], hostEgress: Answer(ok: true, detail: "answers"))
    }
}
