import XCTest

@testable import VMHarness

/// `Resources/guest/state/lasting*.py`: what is foretold of a host that is described in words.
final class LastingScriptTests: XCTestCase {
    /// What is foretold.
    ///
    /// - Parameters:
    ///   - seen: the facts, as a dictionary of Python.
    ///   - files: files that are there, and no others, as a dictionary of Python.
    ///   - shown: what systemctl says of units, as a dictionary of Python.
    ///   - texts: what a boot reads and runs.
    private func foretold(
        _ function: String, seen: String, files: String = "{}", shown: String = "{}", texts: String = "[]"
    ) async throws -> [String: String] {
        try await evaluateSnapshotScript(
            """
            files = \(files)
            there, folders = s.os.path.isfile, {}
            for path in files:
                folders.setdefault(path.rpartition("/")[0], []).append(path.rpartition("/")[2])
            s.read = lambda path, limit=0: files[path]
            s.names_in = lambda folder: sorted(folders.get(folder, []))
            s.os.path.isfile = lambda path: path in files
            shown = \(shown)
            s.asked = lambda names, *keys: {name: shown[name] for name in names if name in shown}
            seen = \(seen)
            print(json.dumps(dict(s.\(function)(s.Boot(lambda part: seen.get(part, {}), texts=\(texts))))))
            """)
    }

    func testUnitsThatNobodyStartsOrWhoseFileIsNewer() async throws {
        let found = try await foretold(
            "units_that_nobody_starts",
            seen: """
                {"units": {"a.service": "active running other local", "b.service": "active running other",
                 "c.service": "active running boot local", "d.service": "active running demand",
                 "e.service": "failed failed other", "t.timer": "active - other"}}
                """,
            shown: """
                {"a.service": {"WantedBy": "", "NeedDaemonReload": "no"}, "b.service": {"WantedBy": "dev-x.device"},
                 "c.service": {"WantedBy": "multi-user.target", "NeedDaemonReload": "yes"},
                 "t.timer": {"FragmentPath": "/run/systemd/transient/t.timer"}}
                """)
        XCTAssertEqual(found.keys.sorted(), ["takes effect c.service", "unit a.service"])
    }

    func testUnitsThatNeedWhatABootEmpties() async throws {
        let files = """
            {"/etc/systemd/system/a.service": "[Service]\\nEnvironmentFile=/tmp/a\\nExecStart=/bin/true\\n",
             "/etc/systemd/system/b.service": "[Service]\\nWorkingDirectory=/run/b\\nRuntimeDirectory=b\\n",
             "/etc/systemd/system/c.service": "[Service]\\nEnvironmentFile=-/tmp/c\\nExecStart=/run/current/c --x\\n",
             "/etc/systemd/system/d.service": "[Unit]\\nConditionPathExists=!/run/d\\n",
             "/etc/systemd/system/e@.service": "[Service]\\nExecStart=/bin/e /run/e\\nWorkingDirectory=/var/run/e\\n"}
            """
        let units = ["a", "b", "c", "d", "e@1"].map { #""\#($0).service": "active running boot local""# }
        let found = try await foretold(
            "units_that_need_what_a_boot_empties", seen: "{\"units\": {\(units.joined(separator: ", "))}}",
            files: files,
            texts: #"[("b", "RuntimeDirectory=b")]"#)
        XCTAssertEqual(found.keys.sorted(), ["unit a.service", "unit c.service", "unit e@1.service"])
        XCTAssertTrue(found["unit a.service"]?.hasPrefix("EnvironmentFile=/tmp/a: a boot empties") == true)
    }

    func testTimersCyclesAndUsersUnits() async throws {
        let timers = try await foretold(
            "timers_that_count_from_their_own_past",
            seen: #"{"units": {"a.timer": "active - boot local", "b.timer": "active - boot local"}}"#,
            files: """
                {"/etc/systemd/system/a.timer": "[Timer]\\nOnUnitActiveSec=1h\\n",
                 "/etc/systemd/system/b.timer": "[Timer]\\nOnBootSec=1min\\nOnUnitActiveSec=1h\\n"}
                """)
        XCTAssertEqual(Array(timers.keys), ["unit a.timer"])
        let cycles = try await foretold(
            "units_that_wait_for_each_other",
            seen:
                #"{"units": {"a.service": "active - boot local", "b.service": "active - boot local", "c.service": "active - boot local"}}"#,
            files: """
                {"/etc/systemd/system/a.service": "[Unit]\\nAfter=b.service\\n",
                 "/etc/systemd/system/b.service": "[Unit]\\nAfter=network.target\\nBefore=c.service\\nAfter=a.service\\n",
                 "/etc/systemd/system/c.service": "[Unit]\\nAfter=b.service\\n"}
                """)
        XCTAssertEqual(cycles.keys.sorted(), ["unit a.service", "unit b.service"])
        let users = try await foretold(
            "users_units_for_a_target_they_have_not",
            seen: #"{"users": {"u manager": "", "u a.service": "", "u b.service": "", "u c.service": ""}}"#,
            files: """
                {"/etc/passwd": "u:x:1000:1000::/home/u:/bin/sh\\n",
                 "/home/u/.config/systemd/user/default.target.wants/a.service": "",
                 "/home/u/.config/systemd/user/default.target.wants": "", "/home/u/.config/systemd/user/multi-user.target.wants": "",
                 "/home/u/.config/systemd/user/multi-user.target.wants/b.service": ""}
                """)
        XCTAssertEqual(users.keys.sorted(), ["unit u b.service", "unit u c.service"])
        XCTAssertTrue(users["unit u b.service"]?.contains("enabled for multi-user.target") == true)
    }

    func testWhatHoldsUntilTheNextBootAndWhatPushesOthersOut() async throws {
        let masked = try await foretold(
            "units_that_nobody_starts",
            seen: """
                {"units": {"a.service": "active running boot", "r.service": "active running other", "s.service": "active running other local"},
                 "enablement": {"a.service": "masked", "b.service": "masked"}}
                """,
            shown: """
                {"r.service": {"WantedBy": "multi-user.target", "FragmentPath": "/run/systemd/system/r.service"},
                 "s.service": {"WantedBy": "multi-user.target", "UnitFileState": "enabled-runtime"}}
                """)
        XCTAssertEqual(masked.keys.sorted(), ["unit a.service", "unit r.service", "unit s.service"])
        let conflicts = try await foretold(
            "units_that_push_each_other_out",
            seen:
                #"{"units": {"a.service": "active running boot local", "b.service": "active running boot local", "c.service": "active running demand local"}}"#,
            files: """
                {"/etc/systemd/system/a.service": "[Unit]\\nConflicts=b.service\\nConflicts=c.service shutdown.target\\n",
                 "/etc/systemd/system/b.service": "", "/etc/systemd/system/c.service": ""}
                """)
        XCTAssertEqual(conflicts.keys.sorted(), ["unit a.service", "unit b.service"])
    }

    /// What a reader found that would have been called lost on a healthy host, or not seen at all.
    func testWordsInCommentsMakeNothingAndOtherProgramsDo() async throws {
        let mounts = try await foretold(
            "mounts_that_no_file_makes",
            seen: #"{"mounts": {"/srv/a": "ext4 rw", "/etc/pve": "fuse rw", "/srv/b": "ext4 rw", "swap /s": ""}}"#,
            files: ##"{"/etc/fstab": "#/s none swap sw 0 0\n"}"##,
            shown: #"{"srv-a.mount": {"FragmentPath": ""}, "srv-b.mount": {"FragmentPath": ""}}"#,
            texts:
                ##"[("x.service", "WorkingDirectory=/srv/a"), ("y.sh", "mount /dev/x /srv/b"), ("f", "# swapon /s")]"##)
        XCTAssertEqual(mounts.keys.sorted(), ["mount /srv/a", "mount swap /s"])
        let chains = try await foretold(
            "chains_that_nothing_loads",
            seen:
                #"{"firewall": {"chain inet filter input": "type filter hook input priority 0; policy accept;\ntcp dport 9 drop"}}"#,
            texts: #"[("jail.conf", "filter = sshd")]"#)
        XCTAssertEqual(chains.keys.sorted(), ["firewall chain inet filter input"])
        let units = try await foretold(
            "units_that_need_what_a_boot_empties",
            seen: #"{"units": {"a.service": "active running boot local", "b.service": "active running boot local"}}"#,
            files: """
                {"/etc/systemd/system/a.service": "[Service]\\nBindPaths=/run/docker.sock\\n",
                 "/etc/systemd/system/b.service": "[Service]\\nExecStartPre=/bin/sh -c 'env >/run/b.env'\\nEnvironmentFile=/run/b.env\\n"}
                """, texts: #"[("docker.socket", "ListenStream=/run/docker.sock")]"#)
        XCTAssertEqual(units, [:])
    }

    func testFilesThatTmpfilesWritesAnew() async throws {
        let found = try await evaluateSnapshotScript(
            #"""
            import os, tempfile
            folder = tempfile.mkdtemp()
            s.os.makedirs(folder + "/etc/tmpfiles.d")
            def write(name, text): open(folder + name, "w").write(text)
            write("/etc/tmpfiles.d/a.conf", "f+ /etc/a 0644 - - - one\nf+ /etc/b 0644 - - - two\nf /etc/c 0644 - - - x\nw /sys/x - - - - y\n")
            for name in "abc": write("/etc/" + name, "one\n")
            read, there = s.read, os.path.isfile
            s.texts_below = lambda places: [("a.conf", read(folder + "/etc/tmpfiles.d/a.conf"))]
            s.read = lambda path, limit=0: read(folder + path)
            s.os.path.isfile = lambda path: there(folder + path)
            s.os.path.islink = lambda path: False
            print(json.dumps(dict(s.files_that_a_boot_writes_anew(None))))
            """#)
        XCTAssertEqual(Array(found.keys), ["file /etc/b"])
    }

    func testQueueingAndNeighbours() async throws {
        let facts = try await evaluateSnapshotScript(
            #"""
            qdiscs = [{"kind": "fq_codel", "dev": "eth0", "root": True}, {"kind": "noqueue", "dev": "lo", "root": True},
                      {"kind": "tbf", "dev": "eth0", "root": True, "options": {"rate": 1}}, {"kind": "tbf", "dev": "veth1", "root": True}]
            neighbours = [{"dst": "192.0.2.9", "dev": "eth0", "lladdr": "52:54:00:00:00:01", "state": ["PERMANENT"]},
                          {"dst": "192.0.2.8", "dev": "eth0", "state": ["REACHABLE"]}]
            print(json.dumps(s.link_facts(qdiscs, neighbours)))
            """#)
        XCTAssertEqual(
            facts, ["qdisc eth0 tbf": #"{"rate": 1}"#, "neighbour 192.0.2.9 dev eth0": "52:54:00:00:00:01"])
        let lost = NetworkChanges.links(FactDifference(before: facts, after: [:]), without: [])
        XCTAssertEqual(lost.count, 2)
        XCTAssertEqual(NetworkChanges.links(FactDifference(before: facts, after: [:]), without: ["eth0"]), [])
    }

    func testContainersThatDockerLeavesAlone() async throws {
        let found = try await foretold(
            "containers_that_docker_leaves_alone",
            seen: """
                {"containers": {"a status": "running", "a restart policy": "no", "b status": "running",
                 "b restart policy": "always", "c status": "exited", "d status": "running"}}
                """, texts: #"[("d.service", "ExecStart=/usr/bin/docker start -a d")]"#)
        XCTAssertEqual(Array(found.keys), ["container a"])
    }

    func testMountsAndSwap() async throws {
        let found = try await foretold(
            "mounts_that_no_file_makes",
            seen: """
                {"mounts": {"/": "ext4 rw", "/srv/a": "tmpfs tmpfs rw", "/srv/b-c": "ext4 rw", "/srv/d": "ext4 rw,noexec",
                 "/net": "autofs", "/net/x": "nfs4 n:/x rw", "/tmp": "tmpfs tmpfs rw,nosuid,nodev",
                 "swap /var/s": "", "swap /var/t": ""}}
                """,
            files: """
                {"/etc/fstab": "# x\\nUUID=1 / ext4 defaults 0 1\\n/dev/y /srv/d ext4 defaults,nofail 0 0\\n/var/t none swap sw 0 0\\n"}
                """,
            shown:
                #"{"srv-a.mount": {"FragmentPath": ""}, "srv-b\\x2dc.mount": {"FragmentPath": "/etc/systemd/system/x.mount", "WantedBy": "multi-user.target"}, "tmp.mount": {"FragmentPath": "/usr/lib/systemd/system/tmp.mount", "RequiredBy": "local-fs.target"}}"#
        )
        XCTAssertEqual(found.keys.sorted(), ["mount /srv/a", "mount /srv/d", "mount swap /var/s"])
        XCTAssertEqual(found["mount /srv/d"], "/etc/fstab says defaults,nofail")
    }

    func testChainsThatNothingLoads() async throws {
        let found = try await foretold(
            "chains_that_nothing_loads",
            seen: #"""
                {"firewall": {"chain inet mine input": "type filter hook input priority filter; policy drop;\ntcp dport 22 accept",
                  "chain inet loose input": "type filter hook input priority 5; policy accept;\ntcp dport 9 drop",
                  "chain ip filter DOCKER": "x", "chain inet f2b-table x": "y", "chain inet other x": "y",
                  "set inet loose y": ""},
                 "planned_firewall": {"chain inet mine input": "type filter hook input priority filter; policy drop;"}}
                """#, texts: #"[("x.sh", "nft add table inet other")]"#)
        XCTAssertEqual(found.keys.sorted(), ["firewall chain inet loose input", "firewall chain inet mine input"])
        XCTAssertEqual(found["firewall chain inet mine input"], "/etc/nftables.conf says otherwise")
    }

    func testAFirewallThatIsNotLoadedYetIsForetoldWithWhatItDrops() {
        let chain = "type filter hook forward priority filter; policy drop;\nct state established accept"
        let facts = [
            "hello status": "running", "hello ports": "0.0.0.0:8080->80/tcp", "hello bridges": "docker0",
        ]
        let snapshot = StateSnapshot(parts: [
            .firewall: .facts([:]), .containers: .facts(facts),
            .lasting: .facts(["takes effect x": "y", "mount /a": "z"]),
            .plannedFirewall: .facts(["chain inet boma forward": chain]),
        ])
        let foresight = Foresight(snapshot)
        XCTAssertEqual(foresight.losses.map(\.kind), [.cause, .mount])
        XCTAssertTrue(foresight.losses[0].why.contains("tcp/8080"), foresight.losses[0].why)
        XCTAssertEqual(foresight.effects, ["x: y"])
        XCTAssertTrue(foresight.unknown.contains { $0.hasPrefix("units: ") }, "what is not known is told")
        XCTAssertEqual(Foresight(StateSnapshot(parts: [:])).losses, [])
        XCTAssertFalse(Foresight(StateSnapshot(parts: [:])).unknown.isEmpty, "silence is not nothing")
    }
}
