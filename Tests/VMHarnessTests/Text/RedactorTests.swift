import Foundation
import XCTest

@testable import VMHarness

final class RedactorTests: XCTestCase {
    private let secret = "siri&ya'mvita\"<9>/kuu +ñ"

    func testASecretIsFoundInEveryFormThatToolsGiveIt() throws {
        let redactor = Redactor()
        XCTAssertTrue(redactor.learn([secret]))
        XCTAssertFalse(redactor.learn([secret]), "known already")
        let json = String(decoding: try JSONEncoder().encode(["a": secret]), as: UTF8.self)
        let url = try XCTUnwrap(secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        var written = [
            secret, json, url, url.lowercased(), shellQuoted(secret), "curl -u me:\(secret) x",
            JSONValue.string(secret).json,
        ]
        for before in ["", "a", "ab", "abc"] {
            for after in ["", "x", "xy"] { written.append(Data((before + secret + after).utf8).base64EncodedString()) }
        }
        for text in written {
            let redacted = redactor.redact(text)
            XCTAssertTrue(redacted.contains(Redactor.mask), text)
            for part in ["mvita", "kuu", "bXZpdG", "12aXRh", "tdml0Y"] {
                XCTAssertFalse(redacted.contains(part), redacted)
            }
        }
        XCTAssertEqual(redactor.redact("nothing of the kind"), "nothing of the kind")
    }

    func testShortValuesAreLeftAloneAndLinesOfKeysAreNot() {
        let redactor = Redactor()
        redactor.learn(["8080", "true", "-----BEGIN KEY-----\nAAAAB3NzaC1yc2E\n-----END KEY-----\n"])
        XCTAssertEqual(redactor.redact("true 8080 -----BEGIN KEY-----"), "true 8080 -----BEGIN KEY-----")
        XCTAssertEqual(redactor.redact("  line AAAAB3NzaC1yc2E"), "  line [secret]")
    }

    /// A file is redacted as a whole, in place: what somebody goes on writing lands behind it.
    func testAFileKeepsItsLengthItsModeAndItsWriter() throws {
        let redactor = Redactor()
        redactor.learn(["maneno-ya-siri"])
        let folder = try temporaryFolder()
        let file = folder.appending(path: "deep/log")
        try FileManager.default.createDirectory(at: folder.appending(path: "deep"), withIntermediateDirectories: true)
        try PrivateFile.write(Data(), to: file)
        let writer = try FileHandle(forWritingTo: file)
        // The secret lies across a border of whatever is read at once.
        try writer.write(contentsOf: Data((String(repeating: "x", count: (4 << 20) - 5) + "maneno-ya-siri\n").utf8))
        redactor.redact(folder: folder)
        try writer.write(contentsOf: Data("more\n".utf8))
        let text = try String(contentsOf: file, encoding: .utf8)
        XCTAssertFalse(text.contains("siri"))
        XCTAssertTrue(text.hasSuffix("xx[secret]******\nmore\n"), String(text.suffix(40)))
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? NSNumber
        XCTAssertEqual(mode?.intValue, 0o600)
    }

    func testChildrenWriteNoCoreFiles() async throws {
        let runner = try SystemCommandRunner(
            logs: try temporaryFolder().appending(path: "logs"), environment: ProcessInfo.processInfo.environment)
        let limits = try await runner.run(Command("sh", ["-c", "ulimit -Hc"])).requireSuccess("asking").output
        XCTAssertEqual(limits, "0\n")
    }
}
