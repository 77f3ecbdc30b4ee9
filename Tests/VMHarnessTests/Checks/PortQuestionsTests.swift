import Foundation
import Synchronization
import XCTest

@testable import VMHarness

final class PortQuestionsTests: XCTestCase {
    func testARealListenerAnswersAndAClosedPortDoesNot() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                _ = bind(listener, raw, size)
                _ = getsockname(listener, raw, &size)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        XCTAssertEqual(listen(listener, 8), 0)

        let runner = try SystemCommandRunner(
            logs: try temporaryFolder(), environment: ProcessInfo.processInfo.environment)
        let answers = try await PortQuestions("127.0.0.1", patience: 2, runner: runner).ask([port, 1, port])
        XCTAssertEqual(
            answers,
            [port: Answer(ok: true, detail: "answers"), 1: Answer(ok: false, detail: "refused", isRefusal: true)])
    }

    /// A server that answers as HTTP does, and one that speaks first: only the former is asked for a page.
    func testAPageHasItsStatusAndWhoSpeaksFirstIsNotSpokenTo() async throws {
        let web = try TalkingListener { handle in
            // Until the empty line that ends the question.
            var asked: [UInt8] = []
            var byte: UInt8 = 0
            while !asked.suffix(4).elementsEqual("\r\n\r\n".utf8), recv(handle, &byte, 1, 0) == 1 { asked.append(byte) }
            TalkingListener.say("HTTP/1.0 404 Not Found\r\n\r\n", to: handle)
        }
        let heard = Mutex(0)
        let mail = try TalkingListener { handle in
            TalkingListener.say("220 mail ready\r\n", to: handle)
            var byte: UInt8 = 0
            if recv(handle, &byte, 1, 0) == 1 { heard.withLock { $0 += 1 } }
        }
        let runner = try SystemCommandRunner(
            logs: try temporaryFolder(), environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""])
        let answers = try await PortQuestions("127.0.0.1", patience: 20, runner: runner).ask([web.port, mail.port])
        XCTAssertEqual(
            answers[web.port], Answer(ok: true, detail: "answers with status 404", status: 404),
            "whether 404 is a loss depends on what it was before")
        XCTAssertEqual(answers[mail.port], Answer(ok: true, detail: "answers"))
        XCTAssertEqual(heard.withLock { $0 }, 0)
    }

    func testWhatWasNotAskedHasNotAnswered() async throws {
        let runner = ScriptedRunner { _ in (0, "22 0\n80 124\n") }
        let answers = try await PortQuestions("192.0.2.1", patience: 6, runner: runner).ask([22, 80, 443])
        XCTAssertEqual(answers[22]?.ok, true)
        XCTAssertEqual(answers[80], Answer(ok: false, detail: "no answer within 6 s"))
        XCTAssertEqual(answers[443], Answer(ok: false, detail: "not asked"))
        let none = try await PortQuestions("192.0.2.1", patience: 6, runner: runner).ask([])
        XCTAssertEqual(none, [:])
        let many = try await PortQuestions("192.0.2.1", patience: 6, runner: runner).ask(Array(1...65535))
        XCTAssertEqual(many.count, 65535)
        XCTAssertEqual(runner.commands.last?.arguments.count, 5 + PortQuestions.limit)
    }

    func testPortsOfTheLoopbackAreNobodysBusiness() {
        let facts = [
            "tcp 0.0.0.0:22": "sshd", "tcp [::]:8080": "docker-proxy", "tcp 127.0.0.1:38211": "containerd",
            "tcp 127.0.0.53%lo:53": "resolved", "tcp [::1]:25": "exim", "udp 0.0.0.0:51820": "-",
            "tcp [fe80::1]:9": "x", "tcp 0.0.0.0:5355": "systemd-resolve", "tcp 0.0.0.0:x": "?",
            "tcp 192.0.2.9:5432": "postgres",
        ]
        XCTAssertEqual(
            SnapshotSamples.snapshot([.listeners: facts]).listeningPorts,
            [22: "sshd", 8080: "docker-proxy", 5432: "postgres"])
        XCTAssertEqual(SnapshotSamples.snapshot(without: .listeners, .unavailable("x")).listeningPorts, [:])
    }
}
