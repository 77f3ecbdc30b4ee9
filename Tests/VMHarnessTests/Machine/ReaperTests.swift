import Foundation
import Synchronization
import XCTest

@testable import VMHarness

/// What the reaper takes and what it leaves alone, with domains that only a recording libvirt knows.
final class ReaperTests: XCTestCase {
    private let dead = ProcessIdentity(pid: 1, start: "0", hostBoot: "another boot of the host")

    private func record(_ name: String, owner: ProcessIdentity, kept: String? = nil) -> MachineRecord {
        MachineRecord(
            name: name, run: "20260617T093000Z-askari", subject: "askari", owner: owner,
            created: Date(timeIntervalSince1970: 0), address: "192.0.2.1", mac: "", backing: "/", evidence: "/",
            keptBecause: kept)
    }

    /// A libvirt with these domains, which destroys and undefines as it is told.
    private func libvirt(_ domains: [String: String]) -> (Virsh, @Sendable () -> [String]) {
        let state = Mutex(domains)
        let box = Box(state: state)
        let runner = ScriptedRunner { command in box.answer(Array(command.arguments.dropFirst(2))) }
        return (Virsh(runner: runner, uri: "test"), { box.names })
    }

    private final class Box: Sendable {
        private let domains: Mutex<[String: String]>
        init(state: consuming Mutex<[String: String]>) { domains = state }
        var names: [String] { domains.withLock { $0.keys.sorted() } }

        func answer(_ words: [String]) -> (status: Int32, output: String) {
            domains.withLock { domains in
                switch words[0] {
                case "list": return (0, domains.keys.sorted().joined(separator: "\n"))
                case "dumpxml", "domstate":
                    guard let xml = domains[words[1]] else { return (1, "error: failed to get domain '\(words[1])'") }
                    return (0, words[0] == "dumpxml" ? xml : "running")
                case "undefine":
                    domains[words[1]] = nil
                    return (0, "")
                default: return (0, "")
                }
            }
        }
    }

    private func definition(_ mark: DomainMark?) -> String {
        "<domain><name>x</name><metadata>\(mark?.element ?? "")</metadata></domain>"
    }

    private func mark(_ name: String, owner: ProcessIdentity, kept: String? = nil, in machines: URL) -> DomainMark {
        DomainMark(record(name, owner: owner, kept: kept), folder: machines.appending(path: name))
    }

    private func claim(
        _ mark: DomainMark, _ sight: MachineRecord.Sight = .noRecord, includingKept: Bool = false, user: String? = nil
    ) -> MachineClaim {
        MachineClaim(mark, sight: sight, includingKept: includingKept, user: user ?? NSUserName())
    }

    func testTheMarkCarriesAllThatOwnershipNeeds() throws {
        let folder = URL(filePath: "/a \"b\" & <c>/boma-it-x")
        let mark = DomainMark(record("boma-it-x", owner: .current, kept: "it's \"broken\"\nand more"), folder: folder)
        let xml = try mark.marking("<domain><name>x</name></domain>", accelerator: .kvm)
        let read = try XCTUnwrap(DomainMark(in: xml))
        XCTAssertEqual(read.folder.path, folder.path)
        XCTAssertEqual(read.run, "20260617T093000Z-askari")
        XCTAssertEqual(read.subject, "askari")
        XCTAssertEqual(read.owner, .current)
        XCTAssertEqual(read.created, "1970-01-01T00:00:00Z")
        XCTAssertEqual(read.keptBecause, "it's \"broken\"")
        XCTAssertEqual(read.user, NSUserName())
        XCTAssertEqual(claim(read), .taken)
        let other = DomainMark(record("y", owner: dead), folder: folder)
        XCTAssertEqual(claim(other), .free)
        XCTAssertEqual(DomainMark(in: other.replacing(in: xml))?.owner, dead, "a restored machine gets its own mark")
        XCTAssertEqual(claim(DomainMark(folder: folder)), .taken, "who owns it is not known")
        XCTAssertNil(DomainMark(in: "<domain><description>\(DomainMark.namespace) folder='/x'</description></domain>"))
    }

    func testWhatBearsOurMarkAndIsAbandonedIsReapedAndNothingElse() async throws {
        let machines = try temporaryFolder().appending(path: "machines")
        let gone = URL(filePath: "/nowhere/machines")
        let (virsh, left) = libvirt([
            "boma-it-dead": definition(mark("boma-it-dead", owner: dead, in: gone)),
            "boma-it-kept": definition(mark("boma-it-kept", owner: dead, kept: "a test failed", in: gone)),
            "boma-it-alive": definition(mark("boma-it-alive", owner: .current, in: gone)),
            "boma-it-old": definition(DomainMark(folder: gone.appending(path: "boma-it-old"))),
            "boma-it-bystander": definition(nil),
            "unrelated": definition(mark("unrelated", owner: dead, in: gone)),
        ])
        await MachineRemoval(virsh: virsh, machines: machines, say: { _ in }).reap()
        XCTAssertEqual(left(), ["boma-it-alive", "boma-it-bystander", "boma-it-kept", "boma-it-old", "unrelated"])
    }

    func testCleanTakesKeptOnesWhoseFolderIsLostButNotThoseInUse() async throws {
        let machines = try temporaryFolder().appending(path: "machines")
        let gone = URL(filePath: "/nowhere/machines")
        let elsewhere = try temporaryFolder().appending(path: "machines")
        let theirs = elsewhere.appending(path: "boma-it-theirs")
        try FileManager.default.createDirectory(at: theirs, withIntermediateDirectories: true)
        let (virsh, left) = libvirt([
            "boma-it-kept": definition(mark("boma-it-kept", owner: dead, kept: "a test failed", in: gone)),
            "boma-it-theirs": definition(mark("boma-it-theirs", owner: dead, kept: "a test failed", in: elsewhere)),
            "boma-it-alive": definition(mark("boma-it-alive", owner: .current, in: gone)),
            "boma-it-bystander": definition(nil),
        ])
        let removal = MachineRemoval(virsh: virsh, machines: machines, say: { _ in })
        let names = try await removal.removable()
        XCTAssertEqual(names, ["boma-it-kept"])
        let removed = try await removal.removeAll()
        XCTAssertEqual(removed, names, "what was listed, and nothing else")
        XCTAssertEqual(left(), ["boma-it-alive", "boma-it-bystander", "boma-it-theirs"])
    }

    func testARecordThatSaysKeptCountsEvenWhenTheMarkDoesNotSaySo() async throws {
        let elsewhere = try temporaryFolder().appending(path: "machines")
        let folder = elsewhere.appending(path: "boma-it-k")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try record("boma-it-k", owner: dead, kept: "libvirt was away").write(in: folder)
        let (virsh, left) = libvirt(["boma-it-k": definition(mark("boma-it-k", owner: dead, in: elsewhere))])
        await MachineRemoval(virsh: virsh, machines: try temporaryFolder(), say: { _ in }).reap()
        XCTAssertEqual(left(), ["boma-it-k"])
        XCTAssertTrue(FileManager.default.fileExists(atPath: folder.path))
    }

    /// A folder that this user may not look at is not a lost one: here it lies behind a link that leads nowhere, which root
    /// can't follow either.
    func testCleanLeavesAloneWhatLiesInAFolderThatCanNotBeLookedAt() async throws {
        let loop = try temporaryFolder().appending(path: "loop")
        try FileManager.default.createSymbolicLink(at: loop, withDestinationURL: loop)
        let (virsh, left) = libvirt([
            "boma-it-kept": definition(mark("boma-it-kept", owner: dead, kept: "a test failed", in: loop)),
            "boma-it-dead": definition(mark("boma-it-dead", owner: dead, in: loop)),
        ])
        let said = Mutex<[String]>([])
        let removal = MachineRemoval(
            virsh: virsh, machines: try temporaryFolder().appending(path: "machines"),
            say: { line in said.withLock { $0.append(line) } })
        let removed = try await removal.removeAll()
        XCTAssertEqual(removed, [])
        await removal.reap()
        XCTAssertEqual(left(), ["boma-it-dead", "boma-it-kept"])
        // Tests beside this one may leave processes of dead runs, which it ends, and says so.
        let words = said.withLock { $0 }.filter { $0.hasPrefix("left alone") }
        XCTAssertEqual(words.count, 2, "\(words)")
        XCTAssertTrue(
            words.contains { $0.hasPrefix("left alone: boma-it-kept: \(loop.path)/boma-it-kept can't") }, "\(words)")
    }

    /// A run in a container, or one that the mount option `hidepid` hides, is not dead because it can't be seen.
    func testAnOwnerThatCanNotBeSeenIsNotDead() async throws {
        let machines = try temporaryFolder().appending(path: "machines")
        let gone = URL(filePath: "/nowhere/machines")
        let me = ProcessIdentity.current
        let elsewhere = ProcessIdentity(pid: 1, start: "0", hostBoot: "its own", namespace: "1")
        for name in ["boma-it-mine"] {
            let folder = machines.appending(path: name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try record(name, owner: elsewhere).write(in: folder)
        }
        let (virsh, left) = libvirt([
            "boma-it-mine": definition(mark("boma-it-mine", owner: elsewhere, in: machines)),
            "boma-it-theirs": definition(mark("boma-it-theirs", owner: elsewhere, in: gone)),
            "boma-it-kept": definition(mark("boma-it-kept", owner: elsewhere, kept: "I look", in: gone)),
        ])
        let said = Mutex<[String]>([])
        let removal = MachineRemoval(
            virsh: virsh, machines: machines, lock: machines.appending(path: "lock"),
            say: { line in said.withLock { $0.append(line) } })
        await removal.reap()
        let removed = try await removal.removeAll()
        XCTAssertEqual(removed, [])
        XCTAssertEqual(left(), ["boma-it-kept", "boma-it-mine", "boma-it-theirs"])
        await assertThrows({ try await removal.remove(self.record("boma-it-mine", owner: elsewhere)) }) {
            XCTAssertTrue($0.contains("another one than this process's") && $0.contains("boma-it keep"), $0)
        }
        XCTAssertEqual(removal.all().map(\.state), ["in use"])
        let words = said.withLock { $0 }
        XCTAssertTrue(words.contains { $0.hasPrefix("reaper: boma-it-mine left alone: ") }, "\(words)")
        XCTAssertEqual(words.filter { $0.hasPrefix("left alone: ") }.count, 3, "\(words)")

        XCTAssertEqual(me.presence(stat: nil, signalling: ESRCH), .gone)
        for error in [0, EPERM] {
            guard case .hidden = me.presence(stat: nil, signalling: error) else { return XCTFail("error \(error)") }
        }
        XCTAssertEqual(me.presence(stat: "7 (a) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0", signalling: 0), .gone)
    }

    /// What one user's process can't see of another user's machine is no reason to take it.
    func testALostFolderIsJudgedByItsOwnUserOnly() {
        var theirs = mark("boma-it-a", owner: dead, kept: "I look", in: URL(filePath: "/nowhere/machines"))
        theirs.user = "mwingine"
        guard case .undecided(let why) = claim(theirs, .noFolder, includingKept: true, user: "mimi") else {
            return XCTFail("taken by another user")
        }
        XCTAssertTrue(why.contains("user mwingine's"), why)
        for user in ["mwingine", "root"] {
            XCTAssertEqual(claim(theirs, .noFolder, includingKept: true, user: user), .free)
        }
        XCTAssertEqual(claim(theirs, .noFolder, includingKept: false, user: "mwingine"), .taken)
    }

    /// libvirt refuses to forget a domain with a managed save or snapshots unless it is told to forget those, too.
    func testADomainIsForgottenWithAllThatLibvirtHasOfIt() async throws {
        let machines = try temporaryFolder().appending(path: "machines")
        let xml = definition(mark("boma-it-a", owner: dead, in: machines))
        let runner = ScriptedRunner { command in
            command.arguments.contains("dumpxml") ? (0, xml) : (0, "boma-it-a")
        }
        await MachineRemoval.remove(
            domain: "boma-it-a", folder: machines.appending(path: "boma-it-a"),
            virsh: Virsh(runner: runner, uri: "test"))
        let undefine = try XCTUnwrap(runner.commands.map(\.arguments).first { $0.contains("undefine") })
        XCTAssertEqual(
            Set(undefine.dropFirst(4)),
            ["--nvram", "--managed-save", "--snapshots-metadata", "--checkpoints-metadata"])
    }

    func testAMarkCanNotMakeUsRemoveAnotherFolder() async throws {
        let precious = try temporaryFolder()
        for folder in [precious, precious.appending(path: "boma-it-a")] {
            var mark = DomainMark(record("boma-it-a", owner: dead), folder: folder)
            mark.folder = folder
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let (virsh, left) = libvirt(["boma-it-a": definition(mark)])
            await MachineRemoval(virsh: virsh, machines: try temporaryFolder(), say: { _ in }).reap()
            XCTAssertEqual(left(), [])
            XCTAssertTrue(FileManager.default.fileExists(atPath: folder.path), folder.path)
        }
    }

    func testADomainOfOurFoldersNameThatBearsAnotherMarkOrNoneIsLeftAlone() async throws {
        let machines = try temporaryFolder().appending(path: "machines")
        let folder = machines.appending(path: "boma-it-a")
        let gone = URL(filePath: "/nowhere/machines")
        for definition in [definition(nil), definition(mark("boma-it-a", owner: dead, in: gone))] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let (virsh, left) = libvirt(["boma-it-a": definition])
            await MachineRemoval.remove(domain: "boma-it-a", folder: folder, virsh: virsh)
            XCTAssertEqual(left(), ["boma-it-a"])
        }
    }

    func testTheFolderStaysWhenLibvirtCanNotTell() async throws {
        let machines = try temporaryFolder().appending(path: "machines")
        let folder = machines.appending(path: "boma-it-a")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let away = Virsh(runner: ScriptedRunner { _ in (1, "error: failed to connect to the hypervisor") }, uri: "test")
        let isGone = await MachineRemoval.remove(domain: "boma-it-a", folder: folder, virsh: away)
        XCTAssertFalse(isGone)
        XCTAssertTrue(FileManager.default.fileExists(atPath: folder.path), "else nobody would know about the domain")
    }

    func testCleanSparesAnUnfinishedMachineWhileSomebodyHoldsTheHost() async throws {
        let machines = try temporaryFolder().appending(path: "machines")
        try FileManager.default.createDirectory(
            at: machines.appending(path: "boma-it-new"), withIntermediateDirectories: true)
        let lock = try temporaryFolder().appending(path: "lock")
        let (virsh, _) = libvirt([:])
        let removal = MachineRemoval(virsh: virsh, machines: machines, lock: lock, say: { _ in })
        var holder: HostLock? = try HostLock(run: "r", file: lock)
        let whileHeld = try await removal.removable()
        XCTAssertEqual(whileHeld, [])
        withExtendedLifetime(holder) {}
        holder = nil
        let afterwards = try await removal.removable()
        XCTAssertEqual(afterwards, ["boma-it-new"])
    }

    /// `BOMA_IT_CACHE` may be a folder in which others keep things under the same names.
    func testWhatOthersKeepBelowTheCacheIsLeftAlone() async throws {
        let cache = try temporaryFolder()
        let others = ["machines/web1", "layers/new-year", "layers/paint", "images/build-tools", "images/copy-of-a.img"]
        let images = cache.appending(path: "images")
        for path in others + ["machines/boma-it-a"] {
            try FileManager.default.createDirectory(
                at: cache.appending(path: path), withIntermediateDirectories: true)
        }
        let (virsh, _) = libvirt([:])
        let removal = MachineRemoval(
            virsh: virsh, machines: cache.appending(path: "machines"), lock: cache.appending(path: "lock"),
            say: { _ in })
        await removal.reap()
        _ = try await removal.removeAll()
        let configuration = try HarnessConfiguration(
            environment: ["HOME": cache.path, "BOMA_IT_CACHE": cache.path], packageRoot: cache)
        try await GoldenImageStore(configuration: configuration, runner: ScriptedRunner { _ in (0, "") }, say: { _ in })
            .removeLeftovers()
        for path in others {
            XCTAssertTrue(FileManager.default.fileExists(atPath: cache.appending(path: path).path), path)
        }
        XCTAssertFalse(FileManager.default.fileExists(atPath: cache.appending(path: "machines/boma-it-a").path))
        XCTAssertTrue(FileManager.default.fileExists(atPath: images.path))
    }

    func testAnUnfinishedLayerIsRemovedUnlessItIsBeingMade() async throws {
        let cache = try temporaryFolder()
        let draft = cache.appending(path: "layers/new-\(UUID().uuidString)")
        let layer = cache.appending(path: "layers/0123")
        let lock = cache.appending(path: "lock")
        let (virsh, _) = libvirt([:])
        let removal = MachineRemoval(
            virsh: virsh, machines: cache.appending(path: "machines"), lock: lock, say: { _ in })
        for folder in [draft, layer] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        var holder: HostLock? = try HostLock(run: "r", file: lock)
        _ = try await removal.removeAll()
        XCTAssertTrue(FileManager.default.fileExists(atPath: draft.path))
        withExtendedLifetime(holder) {}
        holder = nil
        _ = try await removal.removeAll()
        XCTAssertFalse(FileManager.default.fileExists(atPath: draft.path))
        try FileManager.default.createDirectory(at: draft, withIntermediateDirectories: true)
        await removal.reap()
        XCTAssertFalse(FileManager.default.fileExists(atPath: draft.path))
        XCTAssertTrue(FileManager.default.fileExists(atPath: layer.path))
    }

    func testAKeptMachineSaysSoInItsDomainToo() async throws {
        let folder = try temporaryFolder()
        let runner = ScriptedRunner { _ in (0, "") }
        try await record("boma-it-k", owner: dead).keep(
            because: "I look", in: folder, virsh: Virsh(runner: runner, uri: "test"))
        let call = try XCTUnwrap(runner.commands.first?.arguments)
        XCTAssertEqual(Array(call[2...3]), ["metadata", "boma-it-k"])
        XCTAssertTrue(call.contains { $0.contains("kept=\"I look\"") && $0.contains("run=") }, "\(call)")
    }

    func testANetworkOfOurNameThatIsNotOursIsLeftAlone() async throws {
        let runner = ScriptedRunner { command in
            switch command.arguments.dropFirst(2).first {
            case "net-list": (0, IsolatedNetwork.name)
            case "net-dumpxml": (0, "<network><name>boma-it-net</name><bridge name='virbr7'/></network>")
            default: (0, "")
            }
        }
        let network = IsolatedNetwork(
            virsh: Virsh(runner: runner, uri: "test"), runner: runner, subnet: "192.168.213")
        await assertThrows({ try await network.remove() }) { XCTAssertTrue($0.contains("is not boma-it's"), $0) }
        XCTAssertFalse(runner.commands.contains { $0.arguments.contains { $0.hasPrefix("net-destroy") } })
    }

    // MARK: - Processes

    func testAProcessIsKnownByItsStartAndItsBoot() {
        let me = ProcessIdentity.current
        XCTAssertEqual(ProcessIdentity(text: me.text), me)
        XCTAssertNotNil(me.namespace)
        XCTAssertEqual(ProcessIdentity(text: "1:2:3")?.namespace, nil, "as earlier versions wrote it")
        for bad in ["", "1", "1:2", "x:1:b", "0:1:b", "1::b", "1:2:", "1:2:3:", "1:2:3:x", "1:2:3:4:5"] {
            XCTAssertNil(ProcessIdentity(text: bad), bad)
        }
        XCTAssertFalse(ProcessIdentity(pid: me.pid, start: "", hostBoot: me.hostBoot).isAlive)
        let stat = "7 (a ) Z b) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0"
        XCTAssertEqual(ProcessIdentity.startTime(inStat: stat), "4711")
        XCTAssertNil(
            ProcessIdentity.startTime(inStat: stat.replacingOccurrences(of: ") S", with: ") Z")), "a zombie is dead")
    }

    func testToolsOfAKilledProcessAreEndedAndOnlyThose() async throws {
        let folder = try temporaryFolder()
        func start(_ owner: String?, session: Int32? = nil) throws -> pid_t {
            let child = Process()
            child.executableURL = URL(filePath: "/bin/sleep")
            child.arguments = ["60"]
            child.environment = owner.map { [StrayProcesses.variable: $0] } ?? [:]
            child.environment?[StrayProcesses.session] = session.map { "\($0)" }
            child.currentDirectoryURL = folder
            try child.run()
            let pid = child.processIdentifier
            // Foundation blocks SIGTERM in what it starts from a task.
            addTeardownBlock { ChildProcess.signal(9, to: pid) }
            return pid
        }
        let stray = try start(dead.text)
        let mine = try start(ProcessIdentity.current.text)
        let unmarked = try start(nil)
        let odd = try start("nonsense")
        let ansible = try start(dead.text, session: getsid(0))
        // A vault's program has started it, and has ended.
        let agent = try start(dead.text, session: getsid(0) + 1)
        let ended = await StrayProcesses.end()
        XCTAssertTrue(Set([stray, ansible]).isSubset(of: ended), "\(ended)")
        let others = [mine, unmarked, odd, agent]
        XCTAssertTrue(Set(ended).isDisjoint(with: others), "\(ended)")
        for pid in others { XCTAssertTrue(ProcessIdentity(of: pid).isAlive) }
        for pid in [stray, ansible] { XCTAssertFalse(ProcessIdentity(of: pid).isAlive) }
    }

    func testADaemonOfTheUsersProgramsIsNotOursWhatRunsBelowAToolIs() {
        func marked(_ pid: Int32, below parent: Int32, session: Int32, owners: Int32? = 5) -> StrayProcesses.Marked {
            StrayProcesses.Marked(pid: pid, parent: parent, session: session, ownersSession: owners)
        }
        let tools = [
            marked(10, below: 1, session: 5), marked(11, below: 10, session: 11), marked(12, below: 11, session: 11),
            // Of a tool that runs nobody's programs everything is ours: SSH's shared connection is a daemon.
            marked(20, below: 1, session: 20, owners: nil),
        ]
        let daemons = [marked(30, below: 1, session: 30), marked(31, below: 30, session: 30)]
        let found = StrayProcesses.tools(among: (daemons + tools).reversed())
        XCTAssertEqual(Set(found.map(\.pid)), [10, 11, 12, 20])
        let stat = "7 (a ) Z b) S 1 7 6 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0"
        XCTAssertEqual(ProcessIdentity.family(inStat: stat)?.session, 6)
        XCTAssertEqual(ProcessIdentity.family(inStat: stat)?.parent, 1)
    }

    func testADaemonThatAVaultsProgramStartsOutlivesItsKilledRun() async throws {
        // As a killed boma-it leaves it: the program has ended, the daemon goes on in a session of its own.
        let runner = try SystemCommandRunner(logs: try temporaryFolder(), environment: ["PATH": "/usr/bin:/bin"])
        let script = """
            BOMA_IT_OWNER=\(shellQuoted(dead.text)) setsid sleep 60 >/dev/null 2>&1 &
            until read -r pid name state parent group session rest </proc/$!/stat && [ "$session" = $! ]; do sleep 0.05; done
            echo $!
            """
        var command = Command("sh", ["-c", script])
        command.runsUsersPrograms = true
        let output = try await runner.run(command).output
        let pid = try XCTUnwrap(Int32(output.lines.first ?? ""))
        let daemon = ProcessIdentity(of: pid)
        defer { ChildProcess.signal(9, to: pid) }
        XCTAssertTrue(daemon.isAlive)
        let ended = await StrayProcesses.end()
        XCTAssertFalse(ended.contains(pid), "\(ended)")
        XCTAssertTrue(daemon.isAlive)
    }

    func testEveryToolNamesItsOwner() async throws {
        let runner = try SystemCommandRunner(logs: try temporaryFolder(), environment: ["PATH": "/usr/bin:/bin"])
        let result = try await runner.run(Command("env", []))
        XCTAssertTrue(result.output.lines.contains("BOMA_IT_OWNER=\(ProcessIdentity.current.text)"), result.output)
    }
}
