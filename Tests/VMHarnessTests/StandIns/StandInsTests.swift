import Foundation
import Synchronization
import XCTest

@testable import VMHarness

final class StandInsTests: XCTestCase {
    private func make(images: URL?, root: URL = URL(filePath: "/nonexistent"), cache: URL? = nil) throws -> StandIns {
        let json = """
            {"subject": "a", "playbook": "p.yml", "published": [], "egress": {"containers": []}, "stand_ins": [
              {"of": "lab/server:1", "command": "x/install lab/server:1", "untested": "all", "scenarios": ["mesh"]},
              {"of": "client", "command": "x/client", "untested": "most", "scenarios": ["mesh", "other"]},
              {"of": "agent", "command": "x/agent", "untested": "much", "scenarios": ["agents"], "package": "agent",
               "only_with": ["lab/agents:2"]},
              {"of": "lab/agents:2", "command": "x/agents", "untested": "much", "scenarios": ["agents"]}]}
            """
        let profile = try JSONDecoder().decode(Profile.self, from: Data(json.utf8))
        var environment = ["HOME": "/nonexistent"]
        environment["BOMA_IT_IMAGES"] = images.map { $0.isFileURL ? $0.path : $0.absoluteString }
        environment["BOMA_IT_CACHE"] = cache?.path
        let configuration = try HarnessConfiguration(environment: environment, packageRoot: root)
        return StandIns(profile, configuration: configuration)
    }

    private let archive = ScriptedRunner { command in
        command.tool == "tar" ? (0, #"[{"RepoTags": ["lab/server:1"]}]"#) : (1, "")
    }

    func testEachScenarioHasItsOwn() async throws {
        let standIns = try make(images: nil)
        XCTAssertEqual(standIns.needed(in: "mesh").map(\.of), ["lab/server:1", "client"])
        XCTAssertEqual(standIns.needed(in: "other").map(\.of), ["client"])
        XCTAssertEqual(standIns.needed(in: "with_fix"), [])
        let lines = try await standIns.lines(for: "mesh", runner: archive)
        XCTAssertEqual(
            lines, ["lab/server:1: a stand-in; not tested: all", "client: a stand-in; not tested: most"])
    }

    func testARealImageTakesTheStandInsPlace() async throws {
        let folder = try temporaryFolder()
        try Data().write(to: folder.appending(path: "server.tar"))
        let lines = try await make(images: folder).lines(for: "mesh", runner: archive)
        XCTAssertEqual(
            lines, ["client: a stand-in; not tested: most"], "the stand-in is used although the image is there")
    }

    func testAStandInIsNotTakenForTheRealImage() throws {
        let standIn = try XCTUnwrap(make(images: nil).needed(in: "mesh").first)
        let archive = URL(filePath: "/images/server.tar")
        for labels in ["null", "{}", #"{"org.opencontainers.image.title": "server"}"#] {
            XCTAssertNoThrow(try StandIns.requireReal(standIn, labels: labels, from: archive))
        }
        let stamped = #"{"boma-it.stand-in":"netbird-server"}"#
        XCTAssertThrowsError(try StandIns.requireReal(standIn, labels: stamped, from: archive)) { error in
            XCTAssertTrue("\(error)".contains("server.tar: holds a stand-in under the name lab/server:1"), "\(error)")
        }
    }

    func testWhatIsNoArchiveOfImagesIsRefused() async throws {
        let folder = try temporaryFolder()
        try Data().write(to: folder.appending(path: "server.tar"))
        let runner = ScriptedRunner { _ in (2, "tar: not an archive") }
        do {
            _ = try await make(images: folder).lines(for: "mesh", runner: runner)
            XCTFail("an archive that can't be read was passed over")
        } catch let trouble as HarnessTrouble {
            XCTAssertTrue("\(trouble)".contains("server.tar"), "\(trouble)")
        }
    }

    private func refusal(_ names: [String], in scenario: String = "mesh", files: [String] = ["some.tar"]) async throws
        -> String
    {
        let folder = try temporaryFolder()
        for file in files { try Data().write(to: folder.appending(path: file)) }
        let tags = names.map { "\"\($0)\"" }.joined(separator: ", ")
        let runner = ScriptedRunner { _ in (0, "[{\"RepoTags\": [\(tags)]}]") }
        do {
            let lines = try await make(images: folder).lines(for: scenario, runner: runner)
            return "used: \(lines)"
        } catch let trouble as HarnessTrouble {
            return "\(trouble)"
        }
    }

    func testAnArchiveOfPodmanIsTheSameImage() async throws {
        let answer = try await refusal(["docker.io/lab/server:1"])
        XCTAssertEqual(answer, #"used: ["client: a stand-in; not tested: most"]"#)
    }

    func testWhatIsSuppliedAndNotUsedIsRefused() async throws {
        let otherTag = try await refusal(["lab/server:2"])
        XCTAssertTrue(otherTag.contains("some.tar: holds lab/server:2, but the profile names lab/server:1"), otherTag)
        let another = try await refusal(["lab/else:1"])
        XCTAssertTrue(another.contains("nothing that stands in for"), another)
        XCTAssertTrue(another.contains("it holds lab/else:1"), another)
        let nothing = try await refusal([], files: ["server.img"])
        XCTAssertTrue(nothing.contains("nothing that stands in for"), nothing)
    }

    func testARealPackageTakesTheStandInsPlaceTogetherWithWhatItSpeaksTo() async throws {
        let both = try await refusal(["lab/agents:2"], in: "agents", files: ["agents.tar", "agent_1.0_amd64.deb"])
        XCTAssertEqual(both, "used: []")
        let package = try await refusal([], in: "agents", files: ["agent_1.0_amd64.deb"])
        XCTAssertTrue(
            package.contains("supplies agent, which does not work with the stand-in of lab/agents:2"), package)
        let image = try await refusal(["lab/agents:2"], in: "agents", files: ["agents.tar", "agentx_1.0.deb"])
        XCTAssertTrue(image.contains("supplies lab/agents:2, which does not work with the stand-in of agent"), image)
    }

    func testARegistryIsAskedForEachImageAndFetchedFromOnce() async throws {
        let cache = try temporaryFolder()
        let digest = "sha256:" + String(repeating: "ab", count: 32)
        let copies = Mutex<[[String]]>([])
        let runner = ScriptedRunner { command in
            guard command.tool == "skopeo" else { return (1, "") }
            guard command.arguments[0] == "copy" else { return (0, "\(digest)\n") }
            copies.withLock { $0.append(command.arguments) }
            let path = command.arguments.last?.split(separator: ":")[1] ?? ""
            return (FileManager.default.createFile(atPath: String(path), contents: Data()) ? 0 : 1, "")
        }
        let registry = try XCTUnwrap(URL(string: "http://registry.lan:5000/mirror"))
        for _ in 0..<2 {
            let lines = try await make(images: registry, cache: cache).lines(for: "mesh", runner: runner)
            XCTAssertEqual(lines, ["client: a stand-in; not tested: most"])
        }
        let fetched = copies.withLock { $0 }
        XCTAssertEqual(fetched.count, 1, "fetched although the kept one is the same")
        XCTAssertEqual(
            fetched.first?.dropLast(),
            [
                "copy", "--insecure-policy", "--src-tls-verify=false",
                "docker://registry.lan:5000/mirror/lab/server@\(digest)",
            ])
        XCTAssertEqual(
            try FileManager.default.contentsOfDirectory(atPath: cache.appending(path: "container-images").path),
            ["lab_server_1-abababababab.tar"])
    }

    func testARegistryWithoutTheImageLeavesTheStandInAndOneThatIsAwayEndsTheRun() async throws {
        let registry = try XCTUnwrap(URL(string: "https://registry.lan"))
        let without = ScriptedRunner { _ in (1, "reading manifest 1 in registry.lan/lab/server: manifest unknown") }
        let lines = try await make(images: registry).lines(for: "mesh", runner: without)
        XCTAssertEqual(lines.count, 2)
        let away = ScriptedRunner { _ in (1, "dial tcp: lookup registry.lan: no such host") }
        do {
            _ = try await make(images: registry).lines(for: "mesh", runner: away)
            XCTFail("a registry that is away was passed over")
        } catch let trouble as HarnessTrouble {
            XCTAssertTrue(
                "\(trouble)".contains("https://registry.lan: did not answer for lab/server:1"), "\(trouble)")
        }
    }

    func testALayerIsMadeAnewWhenAStandInOrAnImageChanges() async throws {
        let root = try temporaryFolder()
        let program = root.appending(path: "stand-ins/x/install")
        try FileManager.default.createDirectory(
            at: program.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data("one".utf8).write(to: program)
        let manifest = root.appending(path: "manifest.json")
        try Data(#"[{"RepoTags": ["lab/server:1"]}]"#.utf8).write(to: manifest)
        let images = root.appending(path: "images.tar")
        let runner = try SystemCommandRunner(
            logs: root.appending(path: "logs"), environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"])
        func pack() async throws {
            try await runner.run(Command("tar", ["-C", root.path, "-cf", images.path, "manifest.json", "stand-ins"]))
                .requireSuccess("packing")
        }
        try await pack()
        let plain = try await make(images: nil, root: root).fingerprint(of: "mesh", runner: runner)
        let supplied = try await make(images: images, root: root).fingerprint(of: "mesh", runner: runner)
        XCTAssertNotEqual(plain, supplied, "a supplied image changes nothing")
        try Data("two".utf8).write(to: program)
        let changed = try await make(images: nil, root: root).fingerprint(of: "mesh", runner: runner)
        XCTAssertNotEqual(plain, changed, "a changed stand-in changes nothing")
    }
}
