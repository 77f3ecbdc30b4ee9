/// What changed below `/proc/sys`, against what the files say that a boot sets.
struct KernelSettings {
    /// Path, with wildcards → value, tab, file.
    let configured: [String: String]
    /// Whether another kernel runs, whose defaults are its own.
    let isOtherKernel: Bool
    /// Whether huge pages are switched otherwise, from which the kernel derives how much it keeps free.
    var hasOtherPages = false

    /// Settings that differ and that no file explains; those of an interface that is gone, and those that follow from
    /// `ip_forward`, need no line.
    func changes(_ facts: FactDifference) -> [StateChange] {
        let master = "net/ipv4/ip_forward"
        let changed = facts.changed.filter { key, old, new in
            !tookEffect(key, new) && !isNoise(key, old, new)
                && (key == master || facts.before[master] == facts.after[master] || !followsForwarding(key))
        }
        // ip_forward comes first: everything that is forwarded depends on it.
        let changes = (changed.filter { $0.key == master } + changed.filter { $0.key != master }).map {
            let file = configuration(of: $0.key).first
            // What no file sets is the kernel's own choice, and another kernel may choose otherwise.
            let key = $0.key
            let isDefault = isOtherKernel && file == nil && Self.oftenOther.contains(where: key.hasPrefix)
            return StateChange(
                isDefault ? .kernel : .sysctl, $0.key, "\($0.key) is \($0.new), was \($0.old)\(cause(file))",
                before: $0.old, after: $0.new)
        }
        // Many settings come with a module that is loaded when it is needed.
        let gone = facts.lost.filter { key, _ in
            let comesAndGoes = ["net/", "dev/", "fs/nfs", "fs/quota", "sunrpc/"].contains(where: key.hasPrefix)
            return !key.contains("/conf/")
                && (!comesAndGoes || key.hasPrefix("net/bridge/") || !configuration(of: key).isEmpty)
        }
        return changes
            + gone.map {
                StateChange(
                    .sysctl, $0.key, "\($0.key) was \($0.value), does not exist now", before: $0.value, after: "gone")
            }
    }

    private func cause(_ file: (value: String, file: String)?) -> String {
        guard let file else { return ": it was set at run time only, no file in sysctl.d sets it" }
        return " (\(file.file) says \(file.value))"
    }

    private func followsForwarding(_ key: String) -> Bool {
        key.hasPrefix("net/ipv4/conf/") && key.hasSuffix("/forwarding")
    }

    /// Whether the setting is now what a file says: that takes effect at a boot and is no loss.
    private func tookEffect(_ key: String, _ new: String) -> Bool {
        configuration(of: key).contains { $0.value == new }
    }

    /// What files say of a setting, the most exact first. An interface that comes up gets the values of `default`, and `all`
    /// is passed on to the others.
    func configuration(of key: String) -> [(value: String, file: String)] {
        var names = [key]
        let words = key.split(separator: "/").map(String.init)
        if words.count == 5, words[2] == "conf" {
            names += ["*", "default", "all"].map { (words[0...2] + [$0, words[4]]).joined(separator: "/") }
        }
        return names.compactMap { configured[$0] }.compactMap {
            let parts = $0.split(separator: "\t", maxSplits: 1).map(String.init)
            return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
    }

    /// Defaults that kernels have changed. With any other a loss would hide behind an upgrade.
    private static let oftenOther = [
        "net/core/", "net/ipv4/tcp_", "net/ipv4/udp", "net/mptcp/", "net/ipv6/route/", "kernel/sched", "fs/inotify/",
        "fs/epoll/", "vm/max_map_count", "vm/watermark", "vm/compaction", "user/",
    ]

    /// Derived from how much memory the kernel found, which differs a little from boot to boot.
    private static let fromMemory = [
        "kernel/threads-max", "user/", "fs/file-max", "fs/epoll/", "fs/inotify/max_user_watches", "fs/fanotify/",
        "net/ipv4/tcp_mem", "net/ipv4/udp_mem", "net/ipv4/tcp_max_", "vm/min_free_kbytes", "vm/user_reserve_kbytes",
        "vm/admin_reserve_kbytes", "vm/lowmem_reserve_ratio", "vm/pagetypeinfo", "net/netfilter/nf_conntrack_max",
        "net/netfilter/nf_conntrack_expect_max", "net/nf_conntrack_max", "net/core/bpf_jit_limit",
        "net/ipv6/route/max_size",
    ]

    private func isNoise(_ key: String, _ old: String, _ new: String) -> Bool {
        if key == "vm/min_free_kbytes", hasOtherPages { return true }
        guard Self.fromMemory.contains(where: key.hasPrefix) else { return false }
        let pairs = zip(old.split(separator: " "), new.split(separator: " ")).map { (Double($0), Double($1)) }
        return pairs.allSatisfy { left, right in
            guard let left, let right else { return false }
            return abs(left - right) <= 0.02 * max(abs(left), abs(right))
        }
    }
}
