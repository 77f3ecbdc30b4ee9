import Foundation
import XCTest

@testable import VMHarness

/// What `Resources/guest/state` makes of recorded texts: the noise is gone, the rest is there.
final class SnapshotPartsTests: XCTestCase {
    func testUnitsThatComeAndGoAreTold() async throws {
        let facts = try await evaluateSnapshotScript(
            """
            listing = '''
            docker.service loaded active running Docker
            systemd-hostnamed.service loaded active running Hostname
            backup.service loaded activating start Backup
            backup.timer loaded active waiting Timer
            fwupd.service loaded active running Bus
            ssh.socket loaded active listening Socket
            idle.service loaded inactive dead Idle
            docker-prune.timer loaded active waiting Own
            run-backup.timer loaded active waiting Own
            run-r0123456789abcdef.service loaded active running Transient
            run-u12.service loaded active running Transient
            nftables.service loaded inactive dead Firewall
            reloads.service loaded active reloading R
            serial-getty@ttyS0.service loaded active running Getty
            cloud-final.service loaded active exited Cloud
            agent.service loaded active running Agent
            session-3.scope loaded active running S
            user@1000.service loaded active running U
            ssh@4-192.0.2.10:22-192.0.2.1:41000.service loaded active running C
            run-docker-netns-a.mount loaded active mounted M
            data.mount loaded failed failed Data
            multi-user.target loaded active active T
            ● broken.service loaded failed failed B
            '''
            wanted = {"docker.service", "nftables.service", "reloads.service", "cloud-final.service"}
            wanted |= {"serial-getty@ttyS0.service", "systemd-hostnamed.nothing"}
            print(json.dumps(s.unit_facts(listing, wanted, {"fwupd.service", "systemd-hostnamed.service"})))
            """)
        XCTAssertEqual(
            facts,
            [
                "docker.service": "active running boot", "systemd-hostnamed.service": "active running demand",
                "backup.service": "activating start demand", "backup.timer": "active - other",
                "docker-prune.timer": "active - other", "run-backup.timer": "active - other",
                "fwupd.service": "active running demand", "ssh.socket": "active - other",
                "nftables.service": "inactive dead boot", "reloads.service": "active reloading boot",
                "serial-getty@ttyS0.service": "active running demand", "cloud-final.service": "active exited demand",
                "agent.service": "active running other", "data.mount": "failed failed other",
                "broken.service": "failed failed other",
            ])
    }

    func testSocketsAreReadAsTheKernelWritesThem() async throws {
        let rows = try await evaluateSnapshotScript(
            """
            tcp = '''  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11111 1 0 100 0 0 10 0
               1: 0AD5A8C0:0016 01D5A8C0:D431 01 00000000:00000000 00:00000000 00000000     0        0 22222 4 0 20 4 30 10 -1
            garbage
            '''
            udp = '''head
               0: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 33333 2 0 0
               1: 3500007F:8235 3500007F:0035 01 0:0 0:0 0 0 0 44444 2 0 0
            '''
            found = list(s.socket_rows("tcp", tcp)) + list(s.socket_rows("udp", udp))
            print(json.dumps({key: inode for key, _, inode in found}))
            """)
        XCTAssertEqual(facts(rows), ["tcp 127.0.0.1:3306 11111", "udp [::1]:53 33333"])
    }

    func testUDPSocketsThatWaitForAnswersAreLeftOut() async throws {
        let fleeting = try await evaluateSnapshotScript(
            """
            ask = s.is_fleeting_port
            print(json.dumps([ask(68, "1", {"systemd-networkd"}), ask(41000, "1", {"dnsmasq"}), ask(53, "1", {"dnsmasq"}),
              ask(41641, "0", {"-"}), ask(51820, "1", {"netbird"}), ask(50000, "1", {"docker-proxy"})]))
            """, as: [Bool].self)
        XCTAssertEqual(fleeting, [true, true, false, false, false, false])
    }

    func testALookDoesNotStartDocker() async throws {
        let found = try await evaluateSnapshotScript(
            """
            def absent(*_): raise OSError("no such file")
            def asked(path): raise AssertionError("the daemon was asked, and its socket would have started it")
            s.read, s.docker = absent, asked
            s.shutil.which = lambda *_, **__: "/usr/sbin/dockerd"
            stopped = s.take({"containers": s.containers}, 5)["parts"]["containers"]["absent"]
            s.shutil.which = lambda *_, **__: None
            print(json.dumps({"stopped": stopped, "not installed": json.dumps(s.containers())}))
            """)
        XCTAssertEqual(found, ["stopped": "dockerd is not running", "not installed": "{}"])
    }

    private func facts(_ all: [String: String]) -> [String] { all.map { "\($0.key) \($0.value)" }.sorted() }

    func testTheFirewallIsReadWithoutWhatDiffersFromBootToBoot() async throws {
        let program = """
            text = '''# Warning: table ip filter is managed by iptables-nft, do not touch!
            table ip filter {
            \tchain DOCKER {
            \t\tip daddr 172.17.0.3 iifname != \\"docker0\\" oifname \\"docker0\\" tcp dport 81 counter packets 3 bytes 180 accept
            \t\tip daddr 172.17.0.2 iifname != \\"docker0\\" oifname \\"docker0\\" tcp dport 80 counter packets 0 bytes 0 accept
            \t}

            \tchain FORWARD {
            \t\ttype filter hook forward priority filter; policy accept;
            \t\tip saddr 172.17.0.0/16 counter packets 9 bytes 9 jump DOCKER
            \t}

            \tchain INPUT {
            \t\ttype filter hook input priority filter; policy accept;
            \t}
            }
            table inet filter {
            \tset banned {
            \t\ttype ipv4_addr
            \t\tflags dynamic,timeout
            \t\telements = { 192.0.2.7 expires 3s,
            \t\t\t     192.0.2.8 expires 4s }
            \t}

            \tchain forward {
            \t\ttype filter hook forward priority filter; policy drop;
            \t}

            \tchain input {
            \t\ttype filter hook input priority filter; policy drop;
            \t\tip saddr 192.0.2.9 tcp dport { 22, 80 } accept
            \t}
            }
            '''
            print(json.dumps(s.chain_facts(text)))
            """
        let facts = try await evaluateSnapshotScript(program)
        XCTAssertEqual(
            facts,
            [
                "chain ip filter DOCKER": """
                ip daddr <address> iifname != "docker0" oifname "docker0" tcp dport 80 counter accept
                ip daddr <address> iifname != "docker0" oifname "docker0" tcp dport 81 counter accept
                """,
                "chain ip filter FORWARD":
                    "type filter hook forward priority filter; policy accept;\nip saddr 172.17.0.0/16 counter jump DOCKER",
                "set inet filter banned": "type ipv4_addr\nflags dynamic,timeout",
                "chain inet filter forward": "type filter hook forward priority filter; policy drop;",
                "chain inet filter input":
                    "type filter hook input priority filter; policy drop;\n"
                    + "ip saddr 192.0.2.9 tcp dport { 22, 80 } accept",
            ])
    }

    func testRoutesAndAddressesOfWhatStays() async throws {
        let facts = try await evaluateSnapshotScript(
            """
            routes = [{"dst": "default", "gateway": "192.0.2.1", "dev": "eth0", "protocol": "dhcp", "metric": 100, "flags": []},
              {"dst": "172.17.0.0/16", "dev": "docker0", "flags": ["linkdown"]}, {"dst": "fe80::/64", "dev": "docker0"},
              {"type": "local", "dst": "192.0.2.10", "dev": "eth0", "table": "local"}, {"dst": "10.0.0.0/8", "dev": "veth1a2b"},
              {"type": "blackhole", "dst": "198.51.100.0/24"}, {"dst": "default", "dev": "wt0", "table": "7120"}]
            links = [{"ifname": "eth0", "flags": ["UP"], "mtu": 1500, "addr_info": [
                {"local": "192.0.2.10", "prefixlen": 24, "scope": "global", "valid_life_time": 3000},
                {"local": "fe80::1", "prefixlen": 64, "scope": "link"},
                {"local": "2001:db8::9", "prefixlen": 64, "scope": "global", "temporary": True}]}, {"ifname": "veth9", "mtu": 1}]
            rules = [{"priority": 32766, "src": "all", "table": "main"}]
            print(json.dumps({**s.route_facts(routes, rules), **s.address_facts(links)}))
            """)
        XCTAssertEqual(
            facts.keys.sorted(),
            [
                "172.17.0.0/16 dev docker0", "blackhole 198.51.100.0/24", "default dev wt0 table 7120",
                "default via 192.0.2.1 dev eth0 metric 100", "eth0", "eth0 192.0.2.10/24",
                "rule 32766: src all table main",
            ])
    }

    func testMountsOfWhatStays() async throws {
        let facts = try await evaluateSnapshotScript(
            #"""
            text = r'''22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
            30 22 0:30 / /my\040data rw,noexec - ext4 /dev/vdb ro
            31 22 0:31 / /srv rw - nfs4 192.0.2.1:/srv rw
            32 22 0:32 / /boot rw - autofs systemd-1 rw
            33 32 0:33 / /boot rw - vfat /dev/vda2 rw
            34 22 0:34 / /run/user/1000 rw - tmpfs tmpfs rw
            35 22 0:35 / /var/lib/docker/overlay2/abc/merged rw - overlay overlay rw
            36 22 0:36 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw
            short
            '''
            swaps = "Filename Type Size Used Priority\n/swapfile file 1 0 -2\n"
            print(json.dumps(s.mount_facts(text.replace("\n            ", "\n"), swaps)))
            """#)
        XCTAssertEqual(
            facts,
            [
                "/": "ext4 rw", "/my data": "ext4 ro,noexec", "/srv": "nfs4 192.0.2.1:/srv rw", "/boot": "autofs",
                "swap /swapfile": "",
            ])
    }

    func testModulesThatLoadByThemselvesAreLeftOut() async throws {
        let facts = try await evaluateSnapshotScript(
            #"""
            aliases = "# comment\nalias fs-iso9660 isofs\nalias nft-expr-ct nft_ct\nalias rtnl-link-bridge bridge\n"
            dependencies = "kernel/net/nft_ct.ko.xz: kernel/net/nf_tables.ko.xz kernel/net/nf-conntrack.ko.xz\n"
            dependencies += "kernel/net/br_netfilter.ko.xz: kernel/net/bridge.ko.xz\n"
            loaded = ["isofs", "nft_ct", "nf_tables", "nf_conntrack", "bridge", "br_netfilter"]
            print(json.dumps(s.module_facts(loaded, {"isofs"}, aliases, dependencies)))
            """#)
        XCTAssertEqual(facts.keys.sorted(), ["br_netfilter", "isofs"], "one is asked for, the other has no alias")
    }

    /// An emulated processor's clock is trusted at one boot and not at the next.
    func testAClockThatTheKernelChoseIsNobodysSetting() async throws {
        let seen = try await evaluateSnapshotScript(
            """
            answers = {}
            s.read = lambda path, limit=0: answers[path]
            def clock(now, available):
                answers["/c/current_clocksource"], answers["/c/available_clocksource"] = now, available
                return s.clocksource("/c")
            print(json.dumps({"best": clock("tsc\\n", "tsc acpi_pm\\n"), "untrusted": clock("acpi_pm\\n", "acpi_pm\\n"),
                              "chosen": clock("acpi_pm\\n", "tsc acpi_pm\\n")}))
            """)
        XCTAssertEqual(seen["best"], seen["untrusted"])
        XCTAssertEqual(seen["chosen"], "acpi_pm")
    }

    func testContainers() async throws {
        let facts = try await evaluateSnapshotScript(
            """
            one = {"Name": "/hello", "State": {"Status": "running", "Health": {"Status": "healthy"}}, "RestartCount": 7,
              "Config": {"Image": "hello:1"}, "HostConfig": {"RestartPolicy": {"Name": "always"}, "PortBindings": {
                "80/tcp": [{"HostIp": "", "HostPort": "8080"}], "81/tcp": None, "82/tcp": [{"HostIp": "", "HostPort": ""}]}},
              "NetworkSettings": {"Networks": {"bridge": {"NetworkID": "f" * 64}, "mesh": {"NetworkID": "0123456789abcdef"}}}}
            bare = {"Name": "/bare", "State": {"Status": "exited"}, "NetworkSettings": None}
            print(json.dumps({**s.container_facts(one), **s.container_facts(bare)}))
            """)
        XCTAssertEqual(
            facts,
            [
                "hello status": "running", "hello health": "healthy", "hello image": "hello:1",
                "hello restart policy": "always", "hello restarts": "7", "hello ports": "*:8080->80/tcp",
                "hello networks": "bridge mesh",
                "hello bridges": "br-0123456789ab docker0", "bare status": "exited",
            ])
    }

    func testPackages() async throws {
        let facts = try await evaluateSnapshotScript(
            #"""
            blocks = ["Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.2-3\nDescription: x\n Version: 9",
              "Package: b\nStatus: install ok half-configured\nArchitecture: all\nVersion: 2",
              "Package: c\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 3", "rubbish", ""]
            print(json.dumps(s.package_facts("\n\n".join(blocks))))
            """#)
        XCTAssertEqual(facts, ["a:amd64": "1.2-3", "b:all": "2 (half-configured)"])
    }

    func testFilesAreComparedByWhatCounts() async throws {
        let root = try temporaryFolder()
        func write(_ text: String, _ name: String) throws {
            let file = root.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        for name in ["machine-id", "ld.so.cache", "ssh/ssh_host_rsa_key", "passwd-", "app.conf"] {
            try write("1", name)
        }
        try write("root:*:20000:0:99999:7:::\n", "shadow")
        try write("# Created on Monday\nuser ALL=(ALL)\n", "sudoers.d/90-cloud-init-users")
        try FileManager.default.createSymbolicLink(
            atPath: root.appending(path: "link").path, withDestinationPath: "/nowhere")
        let look = "print(json.dumps(s.etc(\(JSONValue.string(root.path).json))))"
        let before = try await evaluateSnapshotScript(look)
        XCTAssertEqual(
            before.keys.sorted(), ["/etc/app.conf", "/etc/link", "/etc/shadow", "/etc/sudoers.d/90-cloud-init-users"])
        XCTAssertEqual(before["/etc/link"], "-> /nowhere")

        try write("root:*:20111:0:99999:7:::\n", "shadow")
        try write("# Created on Tuesday\nuser ALL=(ALL)\n", "sudoers.d/90-cloud-init-users")
        let same = try await evaluateSnapshotScript(look)
        XCTAssertEqual(before, same, "a date is no change")

        try write("2", "app.conf")
        try write("root:$y$1:20111:0:99999:7:::\n", "shadow")
        let after = try await evaluateSnapshotScript(look)
        XCTAssertEqual(
            after.filter { before[$0.key] != $0.value }.keys.sorted(), ["/etc/app.conf", "/etc/shadow"])
    }
}
