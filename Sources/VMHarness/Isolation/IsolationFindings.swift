import Foundation

/// What the safety invariants need of the control host.
public struct IsolationFindings: Sendable {
    private let network: IsolatedNetwork
    private let runner: any CommandRunner

    /// Looks at this machine.
    public init(configuration: HarnessConfiguration, runner: any CommandRunner) {
        self.runner = runner
        network = IsolatedNetwork(
            virsh: Virsh(runner: runner, uri: configuration.host.libvirtURI), runner: runner,
            subnet: configuration.host.subnet)
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
        let sandbox = (try? await NetworkSandbox.find(runner: runner)) ?? .none
        let controller =
            sandbox.isThere
            ? Finding("Ansible's sandbox", .ok, "Ansible runs without network")
            : Finding(
                "Ansible's sandbox", .warning, "this user gets no network namespaces: Ansible has network",
                fix: "as root: sysctl kernel.unprivileged_userns_clone=1")
        return [BridgeFirewall().finding, controller]
    }
}
