import Foundation
import XCTest

@testable import VMHarness

/// Profiles and overrides that can't be used, most of them read by Ansible itself. Nothing but Ansible is called.
final class BadProfileTests: XCTestCase {
    private static let good = """
        subject: askari
        playbook: site.yml
        published: [{container: hello, port: 8080, path: /}]
        egress: {containers: [hello]}

        """

    // MARK: - YAML as bytes

    /// What the file holds, and what the message has to say beside the file's name.
    private static let files: [(name: String, content: Data, says: String)] = [
        ("empty", Data(), "subject"), ("only a comment", Data("# nothing\n".utf8), "subject"),
        ("null", Data("null\n".utf8), "subject"), ("a list", Data("- a\n- b\n".utf8), "is not YAML with a mapping"),
        ("a text", Data("just text\n".utf8), "is not YAML with a mapping"),
        ("a number", Data("42\n".utf8), "is not YAML with a mapping"),
        ("unclosed", Data("a: [1\n".utf8), "is not YAML with a mapping"),
        ("tabs", Data("machine:\n\tvcpus: 2\n".utf8), "is not YAML with a mapping"),
        ("NUL", Data("subject: a\u{0}b\n".utf8), "is not YAML with a mapping"),
        ("binary", Data((0...255).map { UInt8($0) }), "is not YAML with a mapping"),
        ("latin-1", Data([0x61, 0x3A, 0x20, 0xE9, 0x0A]), "is not YAML with a mapping"),
        ("UTF-16", Data("subject: a\n".data(using: .utf16) ?? Data()), "is not YAML"),
        ("a key twice", Data((good + "subject: simba\n").utf8), "is not YAML with a mapping"),
        ("NaN", Data((good + "machine: {vcpus: .nan}\n").utf8), "is not YAML with a mapping"),
        ("infinity", Data((good + "machine: {vcpus: .inf}\n").utf8), "is not YAML with a mapping"),
        ("an unknown tag", Data((good + "machine: !!python/object/apply:os.system ['true']\n").utf8), "is not YAML"),
        ("an alias to nothing", Data((good + "machine: *nothing\n").utf8), "is not YAML with a mapping"),
        ("two documents", Data((good + "---\n" + good).utf8), "is not YAML with a mapping"),
        ("a merge conflict", Data(("<<<<<<< HEAD\n" + good).utf8), "is not YAML with a mapping"),
        ("a date", Data((good + "machine: {user: 2026-06-17}\n").utf8), "machine.user"),
        ("too large", Data(repeating: 0x23, count: 2 << 20), "is larger than 1 MiB"),
    ]

    func testWhatIsNoMappingInYAMLIsRefusedWithItsFile() async throws {
        for (name, content, says) in Self.files {
            try await refuse(name, says) { try content.write(to: $0) }
        }
    }

    func testWhatIsNoFileIsRefusedAndNotWaitedFor() async throws {
        try await refuse("missing", "there is no profile") { _ in }
        try await refuse("a folder", "is not a regular file") {
            try FileManager.default.createDirectory(at: $0, withIntermediateDirectories: true)
        }
        try await refuse("a pipe", "is not a regular file") { XCTAssertEqual(mkfifo($0.path, 0o600), 0) }
        try await refuse("a link to itself", "there is no profile") {
            try FileManager.default.createSymbolicLink(at: $0, withDestinationURL: $0)
        }
        try await refuse("a link to a device", "is not a regular file") {
            try FileManager.default.createSymbolicLink(at: $0, withDestinationURL: URL(filePath: "/dev/zero"))
        }
        try await refuse("a link to nothing", "there is no profile") {
            try FileManager.default.createSymbolicLink(at: $0, withDestinationURL: URL(filePath: "/nonexistent"))
        }
    }

    func testAFewLinesThatStandForGigabytesDoNoHarm() async throws {
        var bomb = Self.good + "scenarios:\n  a: &a {x: [1,1,1,1,1,1,1,1,1,1]}\n"
        for (letter, previous) in zip("bcdefghij", "abcdefghi") {
            bomb +=
                "  \(letter): &\(letter) {x: [\(Array(repeating: "*\(previous)", count: 10).joined(separator: ","))]}\n"
        }
        let folder = try temporaryFolder()
        let file = folder.appending(path: "bomb.yml")
        try bomb.write(to: file, atomically: true, encoding: .utf8)
        let store = try store { _ in }
        // The processor's time is limited, so that it ends however busy the machine is.
        await assertThrows({
            try await YAMLFile(file, runner: store.runner, scratch: folder, seconds: 2).variables()
        }) { XCTAssertTrue($0.contains("more than 2 seconds or 1 GiB"), $0) }
    }

    func testWindowsAndUTF8MarksAreHarmless() async throws {
        for text in [Self.good.replacingOccurrences(of: "\n", with: "\r\n"), "\u{FEFF}" + Self.good] {
            let store = try store { try text.write(to: $0, atomically: true, encoding: .utf8) }
            let profile = try await store.profile("askari", scratch: try temporaryFolder())
            XCTAssertEqual(profile.playbook, "site.yml")
        }
    }

    func testNamesOfProfilesCanNotLeadElsewhere() async throws {
        let bad = [
            "", "..", "../askari", "/etc/passwd", "a/b", "a b", "-x", "a\u{0}", "a\n", "é", "localhost", "127.0.0.1",
        ]
        for name in bad + ["Askari", "a.yml"] {
            let store = try store { try Self.good.write(to: $0, atomically: true, encoding: .utf8) }
            await assertThrows({ try await store.profile(name, scratch: try self.temporaryFolder()) }) {
                XCTAssertTrue($0.contains(bad.contains(name) ? "no usable name" : "there is no profile"), $0)
                XCTAssertTrue($0.contains("BOMA_IT_HOST"), $0)
                XCTAssertFalse($0.contains("\n") || $0.contains("\u{0}"), $0)
            }
        }
    }

    // MARK: - Values

    /// A profile that can be used.
    static let goodProfile: [String: JSONValue] = [
        "subject": .string("askari"), "playbook": .string("site.yml"),
        "published": .array([
            .object(["container": .string("hello"), "port": .integer(8080), "path": .string("/")])
        ]),
        "egress": .object(["containers": .array([.string("hello")])]),
    ]

    /// A change of the good profile as JSON, and the key that the message has to name.
    static let values: [(key: String, json: String, says: String)] = [
        ("subject", "null", "subject"), ("subject", "1", "key subject is not text"),
        ("subject", #"["askari"]"#, "key subject is not text"), ("subject", #""""#, "subject is ''"),
        ("subject", #""../etc""#, "subject is '../etc'"), ("subject", #""a b""#, "subject is"),
        ("subject", #""ask ari""#, "subject is"), ("subject", #""a\u001b[2J""#, "subject is"),
        ("subject", "\"\(String(repeating: "a", count: 300))\"", "subject is"), ("playbook", #""""#, "playbook is ''"),
        ("playbook", #""--become""#, "playbook is"), ("playbook", "true", "key playbook is not text"),
        ("machine", "4", "key machine is not a mapping"), ("machine", #"{"vcpus": 0}"#, "machine.vcpus is '0'"),
        ("machine", #"{"vcpus": -2}"#, "machine.vcpus is '-2'"), ("machine", #"{"vcpus": 65}"#, "machine.vcpus"),
        ("machine", #"{"vcpus": "two"}"#, "key machine.vcpus is not a whole number"),
        ("machine", #"{"vcpus": 1.5}"#, "machine.vcpus"), ("machine", #"{"vcpus": 1e30}"#, "machine.vcpus"),
        ("machine", #"{"vcpus": true}"#, "machine.vcpus"), ("machine", #"{"memory_mib": 1}"#, "machine.memory_mib"),
        ("machine", #"{"memory_mib": 9223372036854775807}"#, "machine.memory_mib"),
        ("machine", #"{"disk_gib": 3}"#, "machine.disk_gib"), ("machine", #"{"disk_gib": 4096}"#, "machine.disk_gib"),
        ("machine", #"{"user": "root"}"#, "machine.user"), ("machine", #"{"user": "a b"}"#, "machine.user"),
        ("machine", #"{"user": "a;reboot"}"#, "machine.user"), ("machine", #"{"user": ""}"#, "machine.user"),
        ("machine", #"{"memory": 2048}"#, "key machine.memory is not known"),
        ("verify", #"[""]"#, "verify[0] is ''"), ("verify", #"["-x"]"#, "verify[0] is '-x'"),
        ("checks", #"{"http": [{"port": 0, "path": "/"}]}"#, "checks.http[0].port is '0'"),
        ("checks", #"{"file": [{"path": "x"}]}"#, "checks.file[0].path is 'x'"),
        ("checks", #"{"ftp": []}"#, "key checks.ftp is not known"),
        ("checks", #"{"tcp": [{"port": 1, "within": 0}]}"#, "checks.tcp[0].within is '0'"),
        ("checks", #"{"absent": [{"kind": "ghost", "name": "x"}]}"#, "checks.absent[0].kind is 'ghost'"),
        ("ignore", #"[{"kind": "boot", "pattern": "x", "because": "y"}]"#, "ignore[0].kind is 'boot'"),
        ("ignore", #"[{"kind": "unit", "pattern": "x", "because": " "}]"#, "ignore[0].because"),
        ("ignore", #"[{"kind": "unit", "pattern": "x"}]"#, "because"),
        ("published", "{}", "key published is not a list"), ("published", #"["hello"]"#, "published.[0]"),
        ("published", #"[{"container": "c", "port": 0, "path": "/"}]"#, "published[0].port is '0'"),
        ("published", #"[{"container": "c", "port": 65536, "path": "/"}]"#, "published[0].port"),
        ("published", #"[{"container": "c", "port": "80", "path": "/"}]"#, "published.[0].port is not a whole number"),
        ("published", #"[{"container": "c", "port": 80, "path": "x"}]"#, "published[0].path is 'x'"),
        ("published", #"[{"container": "c", "port": 80, "path": "/a b"}]"#, "published[0].path"),
        ("published", #"[{"container": "c", "port": 80, "path": "/\n"}]"#, "published[0].path"),
        ("published", #"[{"container": "-f", "port": 80, "path": "/"}]"#, "published[0].container is '-f'"),
        ("published", #"[{"container": "$(reboot)", "port": 80, "path": "/"}]"#, "published[0].container"),
        ("published", #"[{"container": "c", "port": 80, "path": "/", "body": ""}]"#, "published[0].body"),
        ("published", #"[{"container": "c", "port": 80, "path": "/", "bodi": "x"}]"#, "bodi is not known"),
        (
            "published",
            #"[{"container": "c", "port": 80, "path": "/"}, {"container": "d", "port": 80, "path": "/"}]"#,
            "published[1].port"
        ),
        ("egress", "[]", "key egress is not a mapping"), ("egress", "{}", "key egress lacks 'containers'"),
        ("egress", #"{"containers": [""]}"#, "egress.containers[0]"),
        ("egress", #"{"containers": [], "url": "file:///etc/passwd"}"#, "egress.url"),
        ("egress", #"{"containers": [], "url": "-o /etc/passwd"}"#, "egress.url"),
        ("layer", #"{"tags": "base"}"#, "key layer.tags is not a list"), ("layer", #"{"tags": [""]}"#, "layer.tags[0]"),
        ("layer", #"{"tags": ["--check"]}"#, "layer.tags[0]"), ("layer", #"{"tags": ["a,b"]}"#, "layer.tags[0]"),
        ("layer", #"{"tags": ["a"], "not_for": ["mehs"]}"#, "layer.not_for[0] is 'mehs'"),
        ("layer", #"{"tags": ["a"], "not_for": "mesh"}"#, "key layer.not_for is not a list"),
        ("scenarios", #"["with_fix"]"#, "key scenarios is not a mapping"), ("scenarios", #"{"../x": {}}"#, "scenario"),
        ("scenarios", #"{"with_fix": true}"#, "scenarios.with_fix is not a mapping"),
        ("idempotence", #""maybe""#, "key idempotence: 'maybe' is neither required nor reported"),
        ("idempotence", "true", "key idempotence is not text"),
        ("allowed_failed_units", #"["a.service"]"#, "allowed_failed_units.[0] is not a mapping"),
        ("allowed_failed_units", #"[{"unit": "a.service"}]"#, "allowed_failed_units.[0] lacks 'because'"),
        ("allowed_failed_units", #"[{"because": "so"}]"#, "allowed_failed_units.[0] lacks 'unit'"),
        (
            "allowed_failed_units", #"[{"unit": "a.service", "because": " \n"}]"#,
            "allowed_failed_units[0].because is ' "
        ),
        ("allowed_failed_units", #"[{"unit": "a", "because": "so"}]"#, "allowed_failed_units[0].unit is 'a'"),
        ("allowed_failed_units", #"[{"unit": "*.service", "because": "so"}]"#, "allowed_failed_units[0].unit"),
        (
            "allowed_failed_units",
            #"[{"unit": "a.service", "because": "x"}, {"unit": "a.service", "because": "y"}]"#,
            "allowed_failed_units[1] is 'a.service'"
        ), ("allowed_failed_units", #"[{"unit": "a.service", "becaus": "x"}]"#, "allowed_failed_units.[0] lacks"),
        ("allowed_exited_containers", #"[{"container": "a"}]"#, "allowed_exited_containers.[0] lacks 'because'"),
        (
            "allowed_exited_containers", #"[{"container": "a", "because": ""}]"#,
            "allowed_exited_containers[0].because is ''"
        ),
        (
            "allowed_exited_containers", #"[{"container": "-a", "because": "so"}]"#,
            "allowed_exited_containers[0].container is '-a'"
        ),
        (
            "allowed_exited_containers", #"[{"container": "hello", "because": "so"}]"#,
            "allowed_exited_containers[0].container is 'hello'"
        ),
        ("publishd", "[]", "key publishd is not known"), ("hosts", "all", "key hosts is not known"),
    ]

    func testValuesThatCanNotBeUsedAreNamedByTheirKey() throws {
        XCTAssertGreaterThanOrEqual(Self.values.count, 55)
        let file = URL(filePath: "/profiles/askari.yml")
        for (key, json, says) in Self.values {
            var profile = Self.goodProfile
            XCTAssertNoThrow(try ProfileStore.decode(profile, file: file).validate(file: file))
            profile[key] = (try? JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))) ?? .string(json)
            XCTAssertThrowsError(try ProfileStore.decode(profile, file: file).validate(file: file), "\(key): \(json)") {
                let text = "\($0)"
                XCTAssertTrue($0 is HarnessTrouble, text)
                XCTAssertTrue(
                    text.hasPrefix("profile \(file.path): ") && text.contains(says) && text.contains("; fix: "),
                    "\(key): \(json): \(text)")
                XCTAssertFalse(text.contains("\u{1b}") || text.contains("\n"), text)
            }
        }
    }

    // MARK: -

    private func store(_ write: (URL) throws -> Void) throws -> ProfileStore {
        let folder = try temporaryFolder()
        try write(folder.appending(path: "askari.yml"))
        let configuration = try HarnessConfiguration(
            environment: [
                "BOMA_IT_PROFILES": folder.path, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            ], packageRoot: folder)
        let runner = try SystemCommandRunner(
            logs: try temporaryFolder(), environment: configuration.toolEnvironment)
        return ProfileStore(configuration: configuration, runner: runner)
    }

    private func refuse(_ name: String, _ says: String, _ write: (URL) throws -> Void) async throws {
        let store = try store(write)
        let start = ContinuousClock.now
        do {
            _ = try await store.profile("askari", scratch: try temporaryFolder())
            XCTFail("\(name): was taken")
        } catch let trouble as HarnessTrouble {
            let text = trouble.description
            XCTAssertTrue(
                text.contains("askari.yml") && text.contains(says) && text.contains("; fix: "), "\(name): \(text)")
            XCTAssertFalse(text.contains("Traceback") || text.contains("\u{1b}") || text.contains("\u{0}"), text)
        } catch let missing as MissingToolError {
            throw XCTSkip("\(missing)")
        }
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(65), name)
    }
}
