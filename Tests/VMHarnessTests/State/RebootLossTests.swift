import XCTest

@testable import VMHarness

/// What a reboot takes away, and what only looks like it: one case for each kind that was missed or called a loss wrongly.
final class RebootLossTests: XCTestCase {
    private typealias Samples = SnapshotSamples

    /// The lines of a difference in which some facts were there before, and others are after.
    private func lines(
        _ before: Samples.Facts, _ after: Samples.Facts
    ) -> [String] {
        func merged(_ facts: Samples.Facts) -> Samples.Facts {
            Samples.healthy.merging(facts) { $0.merging($1) { $1 } }
        }
        let difference = StateDifference(from: Samples.snapshot(merged(before)), to: Samples.snapshot(merged(after)))
        return difference.changes.filter(\.isLoss).map(\.text)
    }

    func testAStepThatWasStartedAndNeverEnabled() {
        let before: Samples.Facts = [
            .units: ["sets.service": "active exited other local"], .enablement: ["sets.service": "disabled"],
        ]
        XCTAssertEqual(
            lines(before, [:]), ["sets.service is no longer active: it is not enabled, so no boot starts it"])
        XCTAssertEqual(
            lines([.units: ["vendor.service": "active exited other"]], [:]), [], "steps of packages come and go")
    }

    func testAStepWhoseConditionDoesNotHoldAtABoot() {
        XCTAssertEqual(
            lines(
                [.units: ["step.service": "active exited boot local"]],
                [.units: ["step.service": "inactive dead boot local skipped ConditionPathExists=/run/ready"]]),
            ["step.service is no longer active (inactive, its condition does not hold: ConditionPathExists=/run/ready)"]
        )
        XCTAssertEqual(
            lines(
                [.units: ["once.service": "active exited boot local"]],
                [.units: ["once.service": "inactive dead boot local skipped ConditionPathExists=!/var/lib/once"]]),
            [], "a step that runs once")
    }

    func testAUnitThatSystemdDropped() {
        XCTAssertEqual(
            lines(
                [.units: ["a.service": "active running boot local"]],
                [.units: ["a.service": "inactive dead boot local cycle"]]),
            ["a.service is no longer active (inactive, systemd dropped it to break an ordering cycle)"])
    }

    func testATimerWithoutANextRun() {
        XCTAssertEqual(
            lines(
                [.units: ["backup.timer": "active - boot local"]],
                [.units: ["backup.timer": "active unarmed boot local"]]),
            ["backup.timer has no next run: nothing in it counts from a boot"])
    }

    func testServicesOfUsers() {
        let after = Samples.changed(.users, ["mimi sync.service": nil])
        XCTAssertEqual(
            StateDifference(from: Samples.snapshot(), to: Samples.snapshot(after)).changes.map(\.text),
            ["sync.service of user mimi is no longer active"])
        let gone = Samples.changed(.users, ["mimi sync.service": nil, "mimi manager": nil])
        XCTAssertEqual(
            StateDifference(from: Samples.snapshot(), to: Samples.snapshot(gone)).changes.map(\.text),
            ["user mimi has no service manager any more: nothing starts it without a login"])
    }

    func testSettingsOfTheKernel() {
        let hugePages: Samples.Facts = [.sysctl: ["vm/nr_hugepages": "128"]]
        XCTAssertEqual(
            lines(hugePages, [.sysctl: ["vm/nr_hugepages": "0"]]),
            ["vm/nr_hugepages is 0, was 128: it was set at run time only, no file in sysctl.d sets it"])
        XCTAssertEqual(
            lines(
                [.tunables: ["/sys/kernel/mm/transparent_hugepage/enabled": "always madvise [never]"]], [:]
            ).count, 1)
    }

    func testWhatTakesEffectAtABootIsNoLoss() {
        let configured: Samples.Facts = [
            .configured: [
                "net/ipv4/conf/all/accept_redirects": "0\t/etc/ufw/sysctl.conf",
                "net/ipv4/conf/*/rp_filter": "2\t/usr/lib/sysctl.d/50-default.conf",
            ]
        ]
        func with(_ redirects: String, _ filter: String) -> Samples.Facts {
            configured.merging([
                .sysctl: [
                    "net/ipv4/conf/eth0/accept_redirects": redirects, "net/ipv4/conf/eth0/rp_filter": filter,
                ]
            ]) { $1 }
        }
        XCTAssertEqual(lines(with("1", "0"), with("0", "2")), [])
        XCTAssertEqual(lines(with("1", "2"), with("0", "0")).count, 1, "the other one is not what the file says")
    }

    func testDefaultsOfAnotherKernelAreNoLoss() {
        func kernel(_ name: String, _ size: String, _ forward: String) -> Samples.Facts {
            [
                .system: ["kernel": name], .sysctl: ["net/core/rmem_max": size, "net/ipv4/ip_forward": forward],
            ]
        }
        XCTAssertEqual(lines(kernel("6.12.1", "212992", "1"), kernel("6.12.2", "4194304", "1")), [])
        XCTAssertEqual(lines(kernel("6.12.1", "212992", "1"), kernel("6.12.2", "4194304", "0")).count, 1)
        XCTAssertEqual(lines(kernel("6.12.1", "4194304", "1"), kernel("6.12.1", "212992", "1")).count, 1)
    }

    func testSizesThatFollowTheMemoryAreNoLoss() {
        func threads(_ count: String) -> Samples.Facts { [.sysctl: ["kernel/threads-max": count]] }
        XCTAssertEqual(lines(threads("23456"), threads("23461")), [])
        XCTAssertEqual(lines(threads("100000"), threads("23461")).count, 1)
    }

    func testAMountThatHidesData() {
        XCTAssertEqual(
            lines([.behind: ["/srv/data": "3 entries"]], [.mounts: ["/srv/data": "ext4 rw"]]),
            [
                "/srv/data is hidden by a mount now: it held 3 entries, and what the boot mounts there never was mounted before"
            ])
        XCTAssertEqual(lines([:], [.mounts: ["/srv/empty": "ext4 rw"]]), [], "over an empty folder nothing is lost")
    }

    func testModesInRun() {
        XCTAssertEqual(
            lines(
                [.runtime: ["/run/agent.sock": "socket 0666 0:0 listens"]],
                [.runtime: ["/run/agent.sock": "socket 0600 0:0 listens"]]),
            ["/run/agent.sock is socket 0600 0:0, was socket 0666 0:0"])
        XCTAssertEqual(
            lines(
                [.runtime: ["/run/app": "folder 0755 33:33 named:app.service", "/run/other": "folder 0755 0:0"]], [:]),
            ["folder /run/app is gone: a boot empties that place"], "what nobody names is nobody's")
    }

    func testRulesOfTheOldIptables() {
        XCTAssertEqual(
            lines([.legacy: ["ip filter INPUT": "-p tcp --dport 8087 -j DROP"]], [:]),
            ["the rules of ip filter INPUT (iptables-legacy) are gone, such as '-p tcp --dport 8087 -j DROP'"])
    }

    func testWhatContainersSee() {
        XCTAssertEqual(
            lines(
                [.containers: ["hello bind /data": "the host's", "hello names from": "10.0.0.1"]],
                [.containers: ["hello bind /data": "another one than /srv/data", "hello names from": "10.0.0.2"]]),
            [
                "container hello sees another one than /srv/data at /data: that was mounted after the container had started",
                "container hello asks 10.0.0.2 for names, was 10.0.0.1",
            ])
        XCTAssertEqual(
            lines(
                [.containers: ["hello health": "healthy"]], [.containers: ["hello health": "starting"]]),
            ["container hello is starting"])
        XCTAssertEqual(
            lines(
                [:],
                [.containers: ["hello status": "exited", "hello error": "no network of that name exit status 128"]]),
            ["container hello is exited, was running: no network of that name exit status 128"])
    }

    func testWhatRestartsForEver() {
        func snapshot(_ count: String) -> StateSnapshot {
            Samples.snapshot(Samples.changed(.restarts, ["app.service": count]))
        }
        let first = Steadiness(snapshot("2"))
        XCTAssertTrue(first.isDoubtful)
        XCTAssertFalse(Steadiness(Samples.snapshot()).isDoubtful)
        XCTAssertEqual(
            Steadiness(snapshot("4")).restarted(since: first, within: .seconds(60)),
            ["app.service": "keeps restarting: 2 more times within 1 min 0 s, 4 in all"])
        XCTAssertEqual(Steadiness(snapshot("2")).restarted(since: first, within: .seconds(60)), [:], "it has settled")
    }

    func testPortsThatTheKernelPicks() {
        let wide: Samples.Facts = [.sysctl: ["net/ipv4/ip_local_port_range": "15000 64000"]]
        func listening(_ ports: [Int]) -> Samples.Facts {
            wide.merging([
                .listeners: Dictionary(uniqueKeysWithValues: ports.map { ("tcp 0.0.0.0:\($0)", "docker-proxy") })
            ]) { $1 }
        }
        XCTAssertEqual(lines(listening([15201, 61234]), listening([17002, 62200])), [], "two of one program")
        XCTAssertEqual(lines(listening([15201, 61234]), listening([17002])).count, 1, "one of them is lost")
        let chain = "chain ip nat DOCKER"
        XCTAssertEqual(
            lines(
                [.firewall: [chain: "tcp dport 32774 dnat to <address>:80"]],
                [.firewall: [chain: "tcp dport 32791 dnat to <address>:80"]]), [])
        XCTAssertEqual(
            lines(
                [.firewall: [chain: "tcp dport 8080 dnat to <address>:80"]],
                [.firewall: [chain: "tcp dport 8081 dnat to <address>:80"]]
            ).count, 1)
    }
}
