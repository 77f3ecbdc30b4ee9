import Foundation
import XCTest

@testable import VMHarness

final class StandInsTests: XCTestCase {
    private func make(images: URL?, root: URL = URL(filePath: "/nonexistent")) throws -> StandIns {
        let json = """
            {"subject": "a", "playbook": "p.yml", "published": [], "egress": {"containers": []}, "stand_ins": [
              {"of": "lab/server:1", "command": "x/install lab/server:1", "untested": "all", "scenarios": ["mesh"]},
              {"of": "client", "command": "x/client", "untested": "most", "scenarios": ["mesh", "other"]}]}
            """
        let profile = try JSONDecoder().decode(Profile.self, from: Data(json.utf8))
        var environment = ["HOME": "/nonexistent"]
        environment["BOMA_IT_IMAGES"] = images?.path
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
