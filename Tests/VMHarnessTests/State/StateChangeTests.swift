import XCTest

@testable import VMHarness

/// What each part of a snapshot has to say about a loss.
final class StateChangeTests: XCTestCase {
    private typealias Samples = SnapshotSamples

    /// The lines when one part of the healthy host changes; `nil` removes a fact.
    private func lines(_ part: StateSnapshot.Part, _ facts: [String: String?]) -> [String] {
        StateDifference(from: Samples.snapshot(), to: Samples.snapshot(Samples.changed(part, facts)))
            .changes.map(\.text)
    }

    func testUnits() {
        XCTAssertEqual(lines(.units, ["docker.service": nil]), ["docker.service is no longer active"])
        XCTAssertEqual(
            lines(.units, ["docker.service": "inactive dead boot skipped"]),
            ["docker.service is no longer active (inactive, its condition does not hold)"])
        XCTAssertEqual(
            lines(.units, ["ldconfig.service": "inactive dead boot"]),
            ["ldconfig.service is no longer active (inactive)"])
        XCTAssertEqual(
            lines(.units, ["docker.service": "activating auto-restart boot"]), ["docker.service keeps restarting"])
        XCTAssertEqual(
            lines(.units, ["docker.service": "active exited boot"]), ["docker.service was running, has exited"])
        XCTAssertEqual(
            lines(.units, ["cron.timer": "inactive dead boot"]), ["cron.timer is no longer active (inactive)"])
        XCTAssertEqual(
            lines(
                .units, ["a.service": "activating start-pre boot", "x.mount": "failed failed other", "cron.timer": nil]),
            ["x.mount failed", "cron.timer is no longer active"], "failures first")
        XCTAssertEqual(
            lines(.units, ["systemd-hostnamed.service": "failed failed demand"]), ["systemd-hostnamed.service failed"])
        let failed = Samples.snapshot(Samples.changed(.units, ["ssh.service": "failed failed boot"]))
        XCTAssertTrue(StateDifference(from: failed, to: failed).isEmpty, "it had failed before")
    }

    func testEnablement() {
        XCTAssertEqual(
            lines(.enablement, ["docker.service": "disabled", "nftables.service": nil, "new.service": "enabled"]),
            ["docker.service was enabled, is disabled", "nftables.service was enabled, is not installed"])
    }

    func testListeners() {
        XCTAssertEqual(
            lines(.listeners, ["tcp 0.0.0.0:8080": nil, "tcp [::]:8080": nil]),
            ["nothing listens on tcp/8080 any more (was docker-proxy)"], "one line for a port")
        XCTAssertEqual(
            lines(.listeners, ["tcp [::]:8080": nil]),
            ["nothing listens on tcp [::]:8080 any more (was docker-proxy)"])
        XCTAssertEqual(
            lines(.listeners, ["tcp 127.0.0.1:38211": nil]), ["nothing listens on tcp/38211 any more (was containerd)"])
        XCTAssertEqual(lines(.listeners, ["tcp 0.0.0.0:22": "nc"]), ["tcp 0.0.0.0:22 belongs to nc, was sshd"])
    }

    func testContainers() {
        let gone = (Samples.healthy[.containers] ?? [:]).mapValues { _ in String?.none }
        XCTAssertEqual(lines(.containers, gone), ["container hello is gone"])
        XCTAssertEqual(
            lines(.containers, ["hello status": "restarting"]), ["container hello is restarting, was running"])
        XCTAssertEqual(lines(.containers, ["hello health": "unhealthy"]), ["container hello is unhealthy"])
        XCTAssertEqual(
            lines(.containers, ["hello ports": nil, "hello networks": "a b", "hello bridges": "br-1"]),
            [
                "container hello: ports none, was *:8080->80/tcp", "container hello: networks a b, was bridge",
            ])
    }

    func testFirewall() {
        XCTAssertEqual(
            lines(.firewall, ["chain ip nat DOCKER": "tcp dport 81 drop"]),
            ["changed since boot: chain ip nat DOCKER: no longer 'tcp dport 8080 dnat to <address>:80'"])
        XCTAssertEqual(
            lines(.firewall, ["chain ip filter FORWARD": nil]),
            ["gone since boot: chain ip filter FORWARD (hook forward, policy accept)"])
        XCTAssertEqual(lines(.firewall, ["chain ip filter DOCKER": "counter accept"]), [], "nothing is sent to it")
        XCTAssertEqual(
            NetworkChanges.publishedPorts([
                "a status": "running", "a ports": "127.0.0.1:1->1/tcp [::]:53->53/udp *:80->80/tcp",
                "b status": "exited", "b ports": "*:81->81/tcp",
            ]), ["tcp/80", "udp/53"])
    }

    func testNetwork() {
        XCTAssertEqual(lines(.addresses, ["eth0 192.0.2.10/24": nil]), ["address eth0 192.0.2.10/24 is gone"])
        XCTAssertEqual(
            lines(.addresses, ["eth0": "down mtu 1500"]), ["interface eth0 is down mtu 1500, was up mtu 1500"])
        XCTAssertEqual(
            lines(.routes, ["default via 192.0.2.9 dev wt0": "", "rule 32766: src all table main": nil]),
            ["routing rule 32766: src all table main is gone", "new route default via 192.0.2.9 dev wt0"])
        var after = Samples.changed(.addresses, ["eth0": nil, "eth0 192.0.2.10/24": nil])
        after[.routes]?["default via 192.0.2.1 dev eth0 metric 100"] = nil
        XCTAssertEqual(
            StateDifference(from: Samples.snapshot(), to: Samples.snapshot(after)).changes.map(\.text),
            ["interface eth0 is gone"], "its address and its routes went with it")
    }

    func testSystem() {
        XCTAssertEqual(lines(.mounts, ["/data": "ext4 ro,nodev"]), ["/data is mounted read-only"])
        XCTAssertEqual(lines(.mounts, ["/data": "tmpfs rw"]), ["/data is mounted as tmpfs rw, was ext4 rw,nodev"])
        XCTAssertEqual(lines(.mounts, ["swap /dev/vda2": nil]), ["swap /dev/vda2 is off"])
        XCTAssertEqual(
            lines(.sysctl, ["vm/swappiness": nil, "net/ipv4/conf/eth0/forwarding": "0"]),
            [
                "net/ipv4/conf/eth0/forwarding is 0, was 1: it was set at run time only, no file in sysctl.d sets it",
                "vm/swappiness was 60, does not exist now",
            ])
        XCTAssertEqual(
            lines(.system, ["command line quiet": nil, "command line debug": ""]),
            ["command line quiet: gone", "command line debug: new"])
        XCTAssertEqual(
            lines(.packages, ["zlib1g:amd64": "1.4", "new:all": "1"]),
            ["package zlib1g:amd64 is 1.4, was 1.3", "package new:all is new"])
        XCTAssertEqual(
            lines(.etc, ["/etc/hosts": "aaaaaaaaaaaa 0600 0:0", "/etc/nftables.conf": nil, "/etc/new": "-> x"]),
            ["/etc/nftables.conf is gone", "/etc/hosts has changed: 0600 0:0, was 0644 0:0", "/etc/new is new"])
    }
}
