import Foundation
import XCTest

@testable import VMHarness

final class CulDeSacTests: XCTestCase {
    private func culDeSac(_ runner: any CommandRunner) -> CulDeSac {
        CulDeSac(virsh: Virsh(runner: runner, uri: "test:///default"), runner: runner, subnet: "192.0.2")
    }

    func testEveryForbiddenRangeAndEveryAddressOfTheHostIsDropped() throws {
        let xml = culDeSac(ScriptedRunner { _ in (0, "") }).xml(.internetOnly, hostAddresses: ["203.0.113.9"])
        // Written out: read from the code, a range that is lost there would not be missed.
        let forbidden = [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
        ].map { range in
            let parts = range.split(separator: "/")
            return "dstipaddr='\(parts[0])' dstipmask='\(parts[1])'"
        }
        for target in forbidden + ["dstipaddr='203.0.113.9' dstipmask='32'"] {
            let drop = try XCTUnwrap(
                xml.range(of: "<rule action='drop' direction='out' priority='300'><ip \(target)/>"))
            let accept = try XCTUnwrap(xml.range(of: "priority='400'><ip srcipaddr='192.0.2.0' srcipmask='24'/>"))
            XCTAssertLessThan(drop.lowerBound, accept.lowerBound)
        }
        XCTAssertTrue(xml.contains("<rule action='drop' direction='inout' priority='900'/>"), "what is left is dropped")
        XCTAssertFalse(xml.contains("ipv6"))
    }

    func testOfTheGatewayNothingButDHCPAndDNSIsLeft() throws {
        for filter in CulDeSac.Filter.allCases {
            let lines = culDeSac(ScriptedRunner { _ in (0, "") }).xml(filter, hostAddresses: []).lines
            let drop = "<rule action='drop' direction='out' priority='120'><all dstipaddr='192.0.2.1'/></rule>"
            let end = try XCTUnwrap(lines.firstIndex { $0.contains(drop) }, "\(filter)")
            let before = lines[..<end].filter { $0.contains("direction='out'") && $0.contains("accept") }
            XCTAssertEqual(before.count, 4)
            for line in before {
                XCTAssertNotNil(line.firstMatch(of: /dstportstart='(53|67)'|<icmp .*type='3'/), line)
            }
        }
    }

    func testWithoutEgressOnlyTheGatewayIsLeft() throws {
        let xml = culDeSac(ScriptedRunner { _ in (0, "") }).xml(.noEgress, hostAddresses: [])
        for line in xml.lines where line.contains("action='accept'") {
            XCTAssertTrue(line.contains("192.0.2.1'") || line.contains("255.255.255.255"), line)
        }
    }

    func testAFilterOfThatNameThatIsNotOursIsLeftAlone() async throws {
        let runner = ScriptedRunner { command in
            if command.arguments.contains("nwfilter-list") {
                return (0, "5c0a1c0d-0000-4d15-9a1e-3f1e7b0a1701  boma-it-cul-de-sac")
            }
            let hosts = #"[{"addr_info":[{"local":"127.0.0.1"},{"local":"192.0.2.1"},{"local":"203.0.113.9"}]}]"#
            return (0, command.tool == "ip" ? hosts : "")
        }
        let ours = culDeSac(runner)
        let hosts = try await ours.hostAddresses()
        XCTAssertEqual(hosts, ["203.0.113.9"])
        let folder = try temporaryFolder()
        await assertThrows {
            try await ours.ensure(folder: folder)
        } check: {
            XCTAssertTrue($0.contains("not boma-it's"), $0)
        }
        try await ours.remove()
        let changes = runner.commands.map(\.line).filter { $0.contains("define") }
        XCTAssertEqual(changes, [])
    }

    /// Machines that run have the filters: a run that is refused must not change their rules.
    func testFiltersAreNotTouchedBeforeTheSubnetIsChecked() async throws {
        func runner(network: String, routes: String) -> ScriptedRunner {
            ScriptedRunner { command in
                if command.tool == "ip" {
                    if command.arguments.first == "link" { return (1, "does not exist") }
                    return (0, command.arguments.contains("route") ? routes : "[]")
                }
                switch command.arguments.dropFirst(2).first {
                case "net-list": return (0, network.isEmpty ? "" : IsolatedNetwork.name)
                case "net-dumpxml": return (0, network)
                default: return (0, "")
                }
            }
        }
        let other = "<network><bridge name='boma-it-br0'/><ip address='192.168.9.1'/></network>"
        for taken in [
            runner(network: other, routes: "[]"),
            runner(network: "", routes: #"[{"dst":"192.0.2.0/24","dev":"eth1"}]"#),
        ] {
            let network = IsolatedNetwork(
                virsh: Virsh(runner: taken, uri: "test"), runner: taken, subnet: "192.0.2")
            let folder = try temporaryFolder()
            await assertThrows({ try await network.ensure(folder: folder) })
            XCTAssertEqual(taken.commands.map(\.line).filter { $0.contains("define") || $0.contains("start") }, [])
        }
        let free = runner(network: "", routes: "[]")
        var network = IsolatedNetwork(virsh: Virsh(runner: free, uri: "test"), runner: free, subnet: "192.0.2")
        network.firewall.root = try temporaryFolder()
        try await network.ensure(folder: try temporaryFolder())
        let orders = free.commands.compactMap { $0.arguments.dropFirst(2).first }
            .filter { $0.hasSuffix("define") || $0.hasSuffix("start") }
        XCTAssertEqual(orders, ["nwfilter-define", "nwfilter-define", "net-define", "net-start"])
    }

    private func write(_ text: String, _ path: String, in root: URL) throws {
        let file = root.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    private let all = "proc/sys/net/bridge/bridge-nf-call-iptables"
    private let own = "sys/class/net/boma-it-br0/bridge/nf_call_iptables"

    func testTheBridgesOwnSwitchIsEnough() throws {
        let root = try temporaryFolder()
        let firewall = BridgeFirewall(root: root)
        XCTAssertEqual(firewall.state(), .noBridge(hasHook: false))
        XCTAssertEqual(firewall.finding.state, .missing)
        try write("", BridgeFirewall.hook, in: root)
        XCTAssertEqual(firewall.state(), .noBridge(hasHook: true))
        XCTAssertEqual(firewall.finding.state, .ok)
        try write("1\n", own, in: root)
        XCTAssertEqual(firewall.state(), .off, "without the module")
        try write("0\n", all, in: root)
        try write("0\n", own, in: root)
        XCTAssertEqual(firewall.state(), .off)
        XCTAssertEqual(firewall.finding.state, .missing)
        try firewall.require()
        XCTAssertEqual(firewall.state(), .on, "root does it itself")
        XCTAssertEqual(try String(contentsOf: root.appending(path: all), encoding: .utf8), "0\n", "others' bridges")
        try write("0\n", own, in: root)
        try write("1\n", all, in: root)
        XCTAssertEqual(firewall.state(), .on, "switched on for all bridges by somebody else")
        // One that can't be written to.
        try write("0\n", all, in: root)
        try FileManager.default.removeItem(at: root.appending(path: own))
        try write("", own + "/x", in: root)
        XCTAssertThrowsError(try firewall.require()) { XCTAssertTrue("\($0)".contains("doctor --fix"), "\($0)") }
    }

    /// The hook of libvirt's, with folders of our own instead of the machine's.
    func testTheHookSwitchesTheFirewallOnForOurBridgeAlone() async throws {
        let repository = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL
        let hook = try String(
            contentsOf: repository.appending(path: "ansible/roles/integration_test/files/libvirt-network-hook"),
            encoding: .utf8)
        let runner = try SystemCommandRunner(
            logs: try temporaryFolder().appending(path: "logs"), environment: ["PATH": "/usr/bin:/bin"])
        func run(_ root: URL, _ arguments: [String]) async throws -> [String] {
            let script = hook.replacingOccurrences(of: "/proc/sys", with: "\(root.path)/proc/sys")
                .replacingOccurrences(of: "/sys/class", with: "\(root.path)/sys/class")
            // As the kernel does it: on for all.
            let modprobe = """
                modprobe() {
                    [ "$1" = br_netfilter ] && mkdir -p '\(root.path)/proc/sys/net/bridge'
                    for kind in iptables ip6tables arptables; do
                        echo 1 >'\(root.path)'/proc/sys/net/bridge/bridge-nf-call-$kind
                    done
                }

                """
            try await runner.run(Command("sh", ["-s", "--"] + arguments, input: modprobe + script))
                .requireSuccess("running the hook")
            return [all, own].map {
                (try? String(contentsOf: root.appending(path: $0), encoding: .utf8))?.lines.first ?? "none"
            }
        }
        let fresh = try temporaryFolder()
        try write("0\n", own, in: fresh)
        let other = try await run(fresh, ["default", "started", "begin", "-"])
        XCTAssertEqual(other, ["none", "0"], "another network")
        let stopped = try await run(fresh, ["boma-it-net", "stopped", "end", "-"])
        XCTAssertEqual(stopped, ["none", "0"])
        let started = try await run(fresh, ["boma-it-net", "started", "begin", "-"])
        XCTAssertEqual(started, ["0", "1"], "loaded, and off again for the others")

        let busy = try temporaryFolder()
        try write("0\n", own, in: busy)
        try write("1\n", all, in: busy)
        let plugged = try await run(busy, ["boma-it-net", "port-created", "begin", "-"])
        XCTAssertEqual(plugged, ["1", "1"], "somebody else wants it on for all")
    }

    func testSilenceCountsOnlyWithAnAnswerThatWasHeardAndAnythingElseIsALeak() async {
        typealias Heard = IsolationProof.Heard
        let silent = Heard(heard: ["dns", "tcp"], leaks: [], sent: 90)
        XCTAssertNoThrow(try IsolationProof.judge(silent, .init(came: [])))
        let cases: [(Heard, [String], String)] = [
            (
                Heard(heard: ["dns", "tcp"], leaks: ["10.0.0.1 tcp 22: refused"], sent: 90), [],
                "10.0.0.1 tcp 22: refused"
            ),
            (silent, ["a UDP packet from 192.0.2.10"], "the control host got a UDP packet"),
            (Heard(heard: [], leaks: [], sent: 90), [], "can't be proven"),
            (Heard(heard: ["tcp"], leaks: [], sent: 90), [], "can't be proven"),
            (Heard(heard: ["dns", "tcp"], leaks: [], sent: 0), [], "can't be proven"),
        ]
        for (heard, came, words) in cases {
            await assertThrows {
                try IsolationProof.judge(heard, .init(came: came))
            } check: {
                XCTAssertTrue($0.contains(words), $0)
            }
        }
    }

    /// The listener hears what is sent to it, by UDP and by TCP: else nothing that it doesn't hear would mean anything.
    func testTheListenerHears() async throws {
        let folder = try temporaryFolder()
        let program = folder.appending(path: "listen.py")
        try Data(PackageResources.listen_isolation_py).write(to: program)
        let driver = """
            import os, socket, subprocess, sys, time
            folder = sys.argv[1]
            child = subprocess.Popen([sys.executable, folder + "/listen.py", "127.0.0.1", "239.193.176.58", "token",
                                      folder + "/ready", folder + "/stop"], stdout=subprocess.PIPE, text=True)
            while not os.path.exists(folder + "/ready"):
                assert child.poll() is None
                time.sleep(0.02)
            port = int(open(folder + "/ready").read())
            if sys.argv[2] == "send":
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"a token b", ("127.0.0.1", port))
                socket.create_connection(("127.0.0.1", port), 5).close()
            open(folder + "/stop", "w").close()
            print(child.communicate(timeout=20)[0])
            """
        for (mode, expected) in [
            ("quiet", []), ("send", ["a TCP connection from 127.0.0.1", "a UDP packet from 127.0.0.1"]),
        ] {
            for file in ["ready", "stop"] { try? FileManager.default.removeItem(at: folder.appending(path: file)) }
            let result = try await runPython(["-", folder.path, mode], input: driver).requireSuccess("listening")
            let came = try JSONDecoder().decode(IsolationProof.Came.self, from: Data(result.output.utf8))
            XCTAssertEqual(came.came, expected)
        }
    }
}
