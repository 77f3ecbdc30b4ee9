import Foundation

/// What the safety invariants need of the control host.
public struct IsolationFindings: Sendable {
    private let network: IsolatedNetwork
    private let runner: any CommandRunner

    /// Looks at this machine.
    public init(configuration: HarnessConfiguration, runner: any CommandRunner) {
        self.runner = runner
        network = IsolatedNetwork(
            virsh: Virsh(runner: runner, uri: configuration.libvirtURI), runner: runner, subnet: configuration.subnet)
    }

    /// All findings; libvirt's network is left out where libvirt does not answer.
    public func examine(libvirtAnswers: Bool) async -> [Finding] {
        let rest = await hostFindings()
        guard libvirtAnswers else { return rest }
        return [
            await Finding.looking("network") {
                try await network.check()
                    ? "\(IsolatedNetwork.name) is active" : "\(network.subnet).0/24 is free"
            }
        ] + rest
    }

    private func hostFindings() async -> [Finding] {
        let switches = [
            "/proc/sys/net/bridge/bridge-nf-call-iptables",
            "/sys/class/net/\(IsolatedNetwork.bridge)/bridge/nf_call_iptables",
        ]
        let isOn = switches.contains { (try? String(contentsOfFile: $0, encoding: .utf8))?.lines == ["1"] }
        let filter =
            isOn
            ? Finding("bridge's firewall", .ok, "br_netfilter is loaded: a machine can only answer the control host")
            : Finding(
                "bridge's firewall", .missing, "br_netfilter is not loaded: a machine could reach the control host",
                fix: "boma-it doctor --fix, or as root: modprobe br_netfilter")
        let sandbox = (try? await NetworkSandbox.find(runner: runner)) ?? .none
        let controller =
            sandbox.isThere
            ? Finding("Ansible's sandbox", .ok, "Ansible runs without network")
            : Finding(
                "Ansible's sandbox", .warning, "this user gets no network namespaces: Ansible has network",
                fix: "as root: sysctl kernel.unprivileged_userns_clone=1")
        return [filter, controller]
    }
}
