import Foundation

/// Whether the host's firewall sees what crosses the machines' bridge: `br_netfilter`, switched on for that bridge alone by a
/// hook of libvirt's that the set-up installs, or for all bridges by somebody else.
struct BridgeFirewall: Sendable {
    /// The hook; libvirt calls it when it starts the network.
    static let hook = "/etc/libvirt/hooks/network.d/boma-it"
    /// Where `/proc`, `/sys` and `/etc` are.
    var root = URL(filePath: "/")

    /// Whether what crosses the bridge passes the firewall.
    enum State: Equatable {
        /// It does.
        case on
        /// It does not.
        case off
        /// The bridge isn't there; whether it will is the hook's to see to.
        case noBridge(hasHook: Bool)
    }

    private var all: URL { root.appending(path: "proc/sys/net/bridge/bridge-nf-call-iptables") }
    private var own: URL { root.appending(path: "sys/class/net/\(IsolatedNetwork.bridge)/bridge/nf_call_iptables") }

    /// Looks.
    func state() -> State {
        // The bridge's own switch can be on without the module, and does nothing then.
        if FilePresence(of: all) == .there, isOn(all) || isOn(own) { return .on }
        guard FilePresence(of: own.deletingLastPathComponent()) == .missing else { return .off }
        return .noBridge(hasHook: FilePresence(of: root.appending(path: Self.hook)) == .there)
    }

    /// Makes sure that it does, for a bridge that is there. Where the hook is missing, root can do the same.
    ///
    /// - Throws: ``HarnessTrouble`` when it does not.
    func require() throws {
        if state() == .off { try? Data("1\n".utf8).write(to: own) }
        guard state() != .off else {
            throw HarnessTrouble(
                "bridge \(IsolatedNetwork.bridge)",
                why: "what crosses it does not pass the firewall, so a machine could reach this host", fix: Self.fix)
        }
    }

    /// For `boma-it doctor`.
    var finding: Finding {
        let name = "bridge's firewall"
        switch state() {
        case .on: return Finding(name, .ok, "br_netfilter is on: the machine can only answer the control host")
        case .noBridge(hasHook: true):
            return Finding(name, .ok, "libvirt's hook switches br_netfilter on for \(IsolatedNetwork.bridge)")
        case .off, .noBridge(hasHook: false):
            return Finding(
                name, .missing,
                "br_netfilter is not on for \(IsolatedNetwork.bridge): the machine could reach the control host",
                fix: Self.fix)
        }
    }

    static let fix = "boma-it doctor --fix installs \(hook), which switches br_netfilter on for that bridge"

    private func isOn(_ file: URL) -> Bool {
        (try? String(contentsOf: file, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines) == "1"
    }
}
