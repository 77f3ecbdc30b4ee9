import Foundation
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

    /// A real web server, and one that speaks first: only the former is asked for a page.
    func testAPageHasItsStatusAndWhoSpeaksFirstIsNotSpokenTo() async throws {
        let script = """
            import socket, threading, http.server, sys
            class Page(http.server.BaseHTTPRequestHandler):
                def do_GET(self): self.send_error(404)
                def log_message(self, *words): pass
            web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
            threading.Thread(target=web.serve_forever, daemon=True).start()
            mail = socket.create_server(("127.0.0.1", 0))
            def greet():
                while True:
                    one, _ = mail.accept()
                    try:
                        one.sendall(b"220 mail ready\\r\\n")
                        if one.recv(100): print("spoken to", flush=True)
                    except OSError:
                        pass
            threading.Thread(target=greet, daemon=True).start()
            print(web.server_address[1], mail.getsockname()[1], flush=True)
            input()
            """
        let server = Process()
        server.executableURL = URL(filePath: "/usr/bin/env")
        server.arguments = ["python3", "-c", script]
        let (output, input) = (Pipe(), Pipe())
        server.standardOutput = output
        server.standardInput = input
        try server.run()
        let first = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let ports = first.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        let runner = try SystemCommandRunner(
            logs: try temporaryFolder(), environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""])
        let answers = try await PortQuestions("127.0.0.1", patience: 5, runner: runner).ask(ports)
        try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        let rest = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        server.waitUntilExit()
        XCTAssertEqual(answers[ports[0]]?.status, 404)
        XCTAssertEqual(answers[ports[0]]?.ok, true, "whether 404 is a loss depends on what it was before")
        XCTAssertEqual(answers[ports[1]], Answer(ok: true, detail: "answers"))
        XCTAssertEqual(rest, "")
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
