import XCTest

@testable import VMHarness

final class StateDifferenceTests: XCTestCase {
    private typealias Samples = SnapshotSamples

    private func incident(forward: String, alive: Bool) -> StateDifference {
        var after = Samples.changed(
            .firewall, ["chain inet filter forward": forward, "chain inet filter input": Samples.input])
        after[.units]?["nftables.service"] = "active exited boot"
        return StateDifference(
            from: Samples.snapshot(), to: Samples.snapshot(after),
            answers: (Samples.reachability(alive: true), Samples.reachability(alive: alive)))
    }

    // MARK: - The incident

    func testTheIncidentNamesThePortAndTheForwardChain() {
        let difference = incident(forward: Samples.hardened, alive: false)
        XCTAssertEqual(
            difference.summary().lines,
            [
                "tcp/8080 answered from outside before, does not now (Connection timed out; on its own localhost it still "
                    + "answers)",
                "container hello could reach out before, can not now (timed out)",
                "new since boot: chain inet filter forward (hook forward, policy drop) drops what docker0 forwards: "
                    + "tcp/8080, egress of hello",
                "new since boot: chain inet filter input (hook input, policy drop)",
            ])
    }

    func testTheIncidentStaysOnTopOfManyOtherChanges() {
        var after = Samples.changed(.firewall, ["chain inet filter forward": Samples.hardened])
        for number in 0..<500 { after[.packages]?["a\(number):all"] = "1" }
        for number in 0..<50 { after[.units]?["a\(number).service"] = "failed failed boot" }
        let summary = StateDifference(
            from: Samples.snapshot(), to: Samples.snapshot(after),
            answers: (Samples.reachability(alive: true), Samples.reachability(alive: false))
        ).summary().lines
        XCTAssertEqual(summary.count, 10)
        XCTAssertTrue(summary[0].contains("tcp/8080"), summary[0])
        XCTAssertTrue(summary[2].contains("chain inet filter forward"), summary[2])
        XCTAssertEqual(summary[9], "… and 544 more")
    }

    func testTheChainIsBlamedWithoutAnswers() {
        let after = Samples.changed(.firewall, ["chain inet filter forward": Samples.hardened])
        let found = StateDifference(from: Samples.snapshot(), to: Samples.snapshot(after)).changes
        XCTAssertEqual(found.map(\.kind), [.cause])
        XCTAssertTrue(found.first?.text.hasSuffix("forwards: tcp/8080") == true, "\(found)")
    }

    func testAnAcceptThatIsNotInTheFileIsBlamedWhenItIsGone() {
        let before = Samples.snapshot(Samples.changed(.firewall, ["chain inet filter forward": Samples.fixed]))
        let after = Samples.snapshot(Samples.changed(.firewall, ["chain inet filter forward": Samples.hardened]))
        let found = StateDifference(
            from: before, to: after,
            answers: (Samples.reachability(alive: true), Samples.reachability(alive: false)), since: "the reload"
        ).changes.filter { $0.kind == .cause }
        XCTAssertEqual(
            found.map(\.text),
            [
                "changed since the reload: chain inet filter forward (hook forward, policy drop) drops what docker0 "
                    + "forwards: tcp/8080, egress of hello"
            ])
    }

    func testAChainThatWasThereBeforeIsNotBlamed() {
        let facts = Samples.changed(.firewall, ["chain inet filter forward": Samples.hardened])
        let found = StateDifference(
            from: Samples.snapshot(facts), to: Samples.snapshot(facts),
            answers: (Samples.reachability(alive: true), Samples.reachability(alive: false))
        ).changes
        XCTAssertEqual(Set(found.map(\.kind)), [.answer])
    }

    func testAChainThatAlreadyDroppedIsNotBlamedForAnotherRule() {
        let chain = ["chain inet filter forward": Samples.hardened + "\nct state invalid drop"]
        let found = StateDifference(
            from: Samples.snapshot(Samples.changed(.firewall, ["chain inet filter forward": Samples.hardened])),
            to: Samples.snapshot(Samples.changed(.firewall, chain.mapValues { $0 }))
        ).changes
        XCTAssertEqual(
            found.map(\.text),
            [
                "changed since boot: chain inet filter forward (hook forward, policy drop): now 'ct state invalid drop'"
            ])
    }

    func testAnObservationHandsItsAnswersOver() {
        let yes = Answer(ok: true, detail: "answers")
        let no = Answer(ok: false, detail: "timed out")
        let inside = InsideView(
            answers: ["8080": yes, "rubbish": yes], containers: [], containerEgress: ["hello": no], hostEgress: yes,
            systemState: "running", units: nil, full: nil, failedUnits: [], ruleset: "")
        let profile = Profile(subject: "askari", playbook: "site.yml", published: [], egress: .init(containers: []))
        XCTAssertEqual(
            Observation(outside: [8080: no], inside: inside, profile: profile).reachability,
            Reachability(
                outside: [8080: no], localhost: [8080: yes], containerEgress: ["hello": no], hostEgress: yes))
    }

    func testOnlyEgressIsBlamedOnAChainThatAdmitsPublishedPorts() {
        var after = Samples.reachability(alive: true)
        after.containerEgress["hello"] = Answer(ok: false, detail: "timed out")
        let chain = Samples.hardened + "\nct status dnat accept"
        let cause = StateDifference(
            from: Samples.snapshot(),
            to: Samples.snapshot(Samples.changed(.firewall, ["chain inet filter forward": chain])),
            answers: (Samples.reachability(alive: true), after)
        ).changes.first { $0.kind == .cause }
        XCTAssertTrue(cause?.text.hasSuffix("forwards: egress of hello") == true, cause?.text ?? "no cause")
    }

    // MARK: - Health

    func testTheFixedHostLosesNothingWhenItsFirewallIsLoadedForTheFirstTime() {
        let difference = incident(forward: Samples.fixed, alive: true)
        XCTAssertTrue(difference.isEmpty, difference.summary())
        XCTAssertEqual(
            difference.notes.map(\.text),
            [
                "new since boot: chain inet filter forward (hook forward, policy drop)",
                "new since boot: chain inet filter input (hook input, policy drop)",
            ])
    }

    func testAHostWithoutContainersLosesNothingToAChainThatForwardsNothing() {
        let firewall = [
            "chain inet filter forward": Samples.hardened, "chain inet filter input": Samples.input,
        ]
        var (before, after) = (Samples.changed(.firewall, [:]), Samples.changed(.firewall, firewall))
        XCTAssertFalse(StateDifference(from: Samples.snapshot(before), to: Samples.snapshot(after)).isEmpty)
        before[.containers] = [:]
        after[.containers] = [:]
        let difference = StateDifference(from: Samples.snapshot(before), to: Samples.snapshot(after))
        XCTAssertTrue(difference.isEmpty, difference.summary())
        XCTAssertEqual(difference.notes.count, 2)
    }

    func testAHealthyRebootHasNoDifference() {
        var after = Samples.healthy
        // What ends when it is idle, a step that was not due, a step that only ran in the first boot, random ports,
        // a module more, a health check that has not run, a new container, a listener more.
        after[.units]?["systemd-hostnamed.service"] = nil
        after[.units]?["ldconfig.service"] = "inactive dead boot skipped"
        after[.units]?["apt-daily.service"] = "activating start demand"
        after[.listeners]?["tcp 127.0.0.1:38211"] = nil
        after[.listeners]?["tcp 127.0.0.1:41007"] = "containerd"
        after[.listeners]?["tcp 0.0.0.0:9090"] = "cockpit"
        after[.modules]?["zram"] = ""
        after[.containers]?["hello health"] = "starting"
        after[.containers]?["other status"] = "running"
        after[.sysctl]?["net/ipv4/conf/wt0/forwarding"] = "1"
        after[.routes]?["10.1.0.0/16 dev wt0"] = ""
        let difference = StateDifference(
            from: Samples.snapshot(), to: Samples.snapshot(after),
            answers: (Samples.reachability(alive: true), Samples.reachability(alive: true)))
        XCTAssertTrue(difference.isEmpty, difference.summary())
        XCTAssertEqual(difference.summary(), "nothing was lost")
    }

    func testOtherHostKeysCountUnlessTwoMachinesAreCompared() {
        let after = Samples.snapshot(Samples.changed(.hostKeys, ["ssh_host_ed25519_key.pub": "ffffffffffff"]))
        XCTAssertEqual(
            StateDifference(from: Samples.snapshot(), to: after).changes.map(\.text),
            ["host key ssh_host_ed25519_key.pub is another one"])
        XCTAssertTrue(StateDifference(from: Samples.snapshot(), to: after, omitting: [.hostKeys]).isEmpty)
    }

    // MARK: - What is not known

    func testWhatCouldNotBeLookedAtIsNotEqual() {
        let blind = Samples.snapshot(without: .firewall, .unavailable("nft took more than 60 s"))
        for (before, after, why) in [
            (Samples.snapshot(), blind, "firewall (nft took more than 60 s)"),
            (blind, Samples.snapshot(), "firewall (before: nft took more than 60 s)"),
            (blind, blind, "firewall (nft took more than 60 s)"),
        ] {
            let difference = StateDifference(from: before, to: after)
            XCTAssertFalse(difference.isEmpty)
            XCTAssertEqual(difference.changes, [], "nobody knows whether anything was lost")
            XCTAssertEqual(difference.summary(), "nothing was lost in what could be compared\ncould not tell: \(why)")
        }
    }

    func testWhatCouldNotBeToldIsAmongTheTenLines() {
        var after = Samples.healthy
        for number in 0..<40 { after[.packages]?["a\(number):all"] = "1" }
        let summary = StateDifference(
            from: Samples.snapshot(), to: Samples.snapshot(after, without: .mounts, .unavailable("x\u{1B}[2J"))
        ).summary().lines
        XCTAssertEqual(summary.count, 10)
        XCTAssertEqual(summary[8], "… and 32 more")
        XCTAssertEqual(summary[9], #"could not tell: mounts (x\u{1b}[2J)"#)
    }

    // MARK: - Order

    /// No part is read for nothing: each has a fact whose loss is told.
    func testALossInAnyPartIsTold() {
        let losses: [StateSnapshot.Part: (before: [String: String], after: [String: String])] = [
            .units: (["a.service": "active running boot"], ["a.service": "failed failed boot"]),
            .users: (["mimi manager": "", "mimi a.service": ""], ["mimi manager": ""]),
            .byHand: (["node of mimi": ""], [:]), .restarts: ([:], ["a.service": "keeps restarting"]),
            .enablement: (["a.service": "enabled"], ["a.service": "disabled"]),
            .listeners: (["tcp 0.0.0.0:25": "master"], [:]),
            .firewall: (["chain inet a input": "type filter hook input priority 0; policy drop;"], [:]),
            .legacy: (["ip filter INPUT": "-p tcp -j DROP"], [:]),
            .routes: (["10.9.0.0/16 via 192.0.2.1 dev eth0": ""], [:]),
            .addresses: (["eth0": "up mtu 1500", "eth0 192.0.2.9/24": ""], ["eth0": "up mtu 1500"]),
            .links: (["qdisc eth0 tbf": "{}"], [:]), .dns: (["upstream: nameserver 192.0.2.1": ""], [:]),
            .sysctl: (["vm/swappiness": "10"], ["vm/swappiness": "60"]),
            .tunables: (["/sys/kernel/mm/ksm/run": "1"], ["/sys/kernel/mm/ksm/run": "0"]),
            .devices: (["RAID md0": "raid1"], [:]),
            .runtime: (["/run/a": "folder 0755 0:0 named:a.service"], [:]), .mounts: (["/srv": "ext4 rw"], [:]),
            .modules: (["a": ""], [:]), .system: (["hostname": "a", "kernel": "1"], ["hostname": "b", "kernel": "1"]),
            .containers: (
                ["a status": "running", "a restart policy": "always"],
                ["a status": "exited", "a restart policy": "always"]
            ),
            .packages: (["a:amd64": "1"], [:]),
            .hostKeys: (["ssh_host_rsa_key.pub": "1"], ["ssh_host_rsa_key.pub": "2"]),
            .etc: (["/etc/a": "1 0644 0:0 x"], ["/etc/a": "2 0644 0:0 y"]),
        ]
        XCTAssertEqual(
            Set(losses.keys), Set(StateSnapshot.Part.allCases).subtracting(StateSnapshot.explanations))
        for (part, facts) in losses {
            var (before, after) = (Samples.healthy, Samples.healthy)
            before[part] = facts.before
            after[part] = facts.after
            let seen = StateDifference(from: Samples.snapshot(before), to: Samples.snapshot(after))
            XCTAssertEqual(seen.changes.count, 1, "\(part): \(seen.changes.map(\.text))")
        }
    }

    func testEveryPartHasItsRankAndTheyAreInOrder() {
        var after = Samples.healthy
        after[.etc]?["/etc/hosts"] = "cccccccccccc 0644 0:0"
        after[.packages]?["zlib1g:amd64"] = nil
        after[.system] = ["hostname": "other", "kernel": "6.12.2-cloud", "command line quiet": ""]
        after[.modules] = [:]
        after[.dns] = [:]
        after[.sysctl]?["net/ipv4/ip_forward"] = "0"
        after[.sysctl]?["net/ipv4/conf/eth0/forwarding"] = "0"
        after[.mounts]?["/data"] = nil
        after[.routes]?["default via 192.0.2.1 dev eth0 metric 100"] = nil
        after[.firewall]?["chain ip nat DOCKER"] = nil
        after[.units]?["ssh.service"] = "failed failed boot"
        after[.containers]?["hello status"] = "exited"
        after[.runtime] = ["/run/docker.sock": "socket 0600 0:0 listens"]
        var before = Samples.healthy
        before[.byHand] = ["node of mimi": ""]
        after[.listeners]?["tcp 0.0.0.0:22"] = nil
        let difference = StateDifference(
            from: Samples.snapshot(before), to: Samples.snapshot(after),
            answers: (Samples.reachability(alive: true), Samples.reachability(alive: false)))
        XCTAssertEqual(
            difference.changes.dropFirst(2).map(\.text),
            [
                "nothing listens on tcp/22 any more (was sshd)",
                "container hello is exited, was running",
                "ssh.service failed",
                "gone since boot: chain ip nat DOCKER",
                "route default via 192.0.2.1 dev eth0 metric 100 is gone",
                "node of mimi does not run any more: it was started by hand, no unit starts it at a boot",
                "/run/docker.sock is socket 0600 0:0, was socket 0660 0:998",
                "/data is not mounted",
                "net/ipv4/ip_forward is 0, was 1 (/etc/sysctl.d/50-router.conf says 1)",
                "upstream: nameserver 192.0.2.1: gone",
                "hostname is other, was askari",
                "kernel module br_netfilter is not loaded, and does not load by itself",
                "kernel is 6.12.2-cloud, was 6.12.1-cloud",
                "package zlib1g:amd64 is gone",
                "/etc/hosts has changed",
            ])
        XCTAssertEqual(
            Set(difference.changes.map(\.kind)),
            Set(Complaint.Kind.allCases).subtracting([.cause, .check, .exposed, .login, .boot, .play, .idempotence]))
    }
}
