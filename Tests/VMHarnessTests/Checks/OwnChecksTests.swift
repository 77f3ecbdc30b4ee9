import Foundation
import XCTest

@testable import VMHarness

/// A profile's own checks: what is asked, and what counts as an answer.
final class OwnChecksTests: XCTestCase {
    private func checks(_ json: String) throws -> Profile.Checks {
        try JSONDecoder().decode(Profile.Checks.self, from: Data(json.utf8))
    }

    func testEachIsAskedUnderANameOfItsOwn() throws {
        let all = OwnCheck.all(
            of: try checks(
                #"""
                {"http": [{"port": 80, "path": "/"}], "https": [{"port": 443, "path": "/x", "host": "a.example", "status": 302}],
                 "tcp": [{"port": 25, "text": "220 "}], "dns": [{"name": "a.example", "within": 5}],
                 "command": [{"run": "true"}], "file": [{"path": "/etc/x", "mode": "0640"}], "process": [{"name": "caddy"}],
                 "container_health": [{"container": "c"}],
                 "absent": [{"kind": "port", "name": "9100"}, {"kind": "unit", "name": "x.service"}]}
                """#), seconds: 7)
        XCTAssertEqual(
            all.map(\.label),
            [
                "http port 80, /", "https port 443, /x of a.example", "tcp port 25", "dns name a.example",
                "command 'true'",
                "file /etc/x", "process caddy", "health of container c", "tcp port 9100", "unit x.service",
            ])
        XCTAssertEqual(all[3].within, 5)
        XCTAssertEqual(all[8].question, .closed(9100))
        guard case .guest(let question) = all[4].question else { return XCTFail("\(all[4].question)") }
        XCTAssertEqual(question["seconds"], .integer(7))
    }

    func testAPageIsJudgedByStatusHeadAndText() throws {
        func judge(_ status: Int, _ keys: String = "") throws -> Answer {
            let page = try JSONDecoder().decode(
                Profile.Checks.Web.self, from: Data("{\"port\": 80, \"path\": \"/\"\(keys)}".utf8))
            let output = "HTTP/1.1 \(status) X\r\nContent-Type: text/html\r\n\r\n<h1>karibu</h1>\n\n\(status)"
            return OwnChecks.judge(output, page)
        }
        for (status, keys, ok) in [
            (200, "", true), (302, "", true), (404, "", false), (502, "", false), (404, #", "status": 404"#, true),
            (200, #", "status": 201"#, false), (200, #", "text": "karibu""#, true),
            (200, #", "text": "kwaheri""#, false),
            (200, #", "text": "text/html""#, false), (200, #", "header": "content-type: text/html""#, true),
            (200, #", "header": "karibu""#, false),
        ] {
            let seen = try judge(status, keys)
            XCTAssertEqual(seen.ok, ok, "\(status)\(keys): \(seen.detail)")
        }
        let page = try JSONDecoder().decode(Profile.Checks.Web.self, from: Data(#"{"port": 80, "path": "/"}"#.utf8))
        XCTAssertFalse(OwnChecks.judge("", page).ok)
    }

    /// The program runs for real, on this machine.
    func testTheMachinesOwnPartSeesFilesCommandsAndProcesses() async throws {
        let folder = try temporaryFolder()
        let file = folder.appending(path: "file").path
        try "karibu".write(toFile: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
        let questions: [(String, ok: Bool)] = [
            (#"{"kind": "command", "run": "echo yes; exit 3", "exit": 3, "text": "yes"}"#, true),
            (#"{"kind": "command", "run": "false"}"#, false),
            (#"{"kind": "command", "run": "echo a", "text": "b"}"#, false),
            (#"{"kind": "command", "run": "sleep 30"}"#, false),
            (#"{"kind": "file", "path": "\#(file)", "mode": "0640", "text": "karibu"}"#, true),
            (#"{"kind": "file", "path": "\#(file)", "mode": "0644"}"#, false),
            (#"{"kind": "file", "path": "\#(file)", "owner": "nobody-of-boma-it"}"#, false),
            (#"{"kind": "file", "path": "\#(file)", "text": "kwaheri"}"#, false),
            (#"{"kind": "file", "path": "\#(file).not"}"#, false),
            (#"{"kind": "process", "name": "python3"}"#, true),
            (#"{"kind": "process", "name": "python3", "user": "nobody-of-boma-it"}"#, false),
            (#"{"kind": "process", "name": "no-such-of-boma"}"#, false),
            (#"{"kind": "absent", "what": "path", "name": "\#(file)"}"#, false),
            (#"{"kind": "absent", "what": "path", "name": "\#(file).not"}"#, true),
            (#"{"kind": "absent", "what": "process", "name": "python3"}"#, false),
        ]
        let asked = questions.map { $0.0.replacingOccurrences(of: "{\"kind\"", with: #"{"seconds": 1, "kind""#) }
        let result = try await runPython(
            ["-", "[\(asked.joined(separator: ", "))]"],
            input: String(decoding: PackageResources.own_checks_py, as: UTF8.self)
        ).requireSuccess("the program")
        let answers = try JSONDecoder().decode([Answer].self, from: Data(result.output.utf8))
        XCTAssertEqual(answers.count, questions.count)
        for (question, answer) in zip(questions, answers) {
            XCTAssertEqual(answer.ok, question.ok, "\(question.0): \(answer.detail)")
        }
    }

    /// Against a server that knows one name.
    func testANameServerIsAsked() async throws {
        let server = #"""
            import socket, subprocess, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); s.settimeout(10)
            def ask(name):
                return subprocess.Popen([sys.executable, "-c", program, "127.0.0.1", str(s.getsockname()[1]), name, "5"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            program = sys.argv[1]
            for name, code in (("a.example", 0), ("b.example", 3)):
                asked = ask(name)
                query, peer = s.recvfrom(512)
                answer = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07" if not code else b""
                s.sendto(query[:2] + bytes([0x81, 0x80 | code]) + query[4:6] + bytes([0, 1 - code // 3]) + b"\0\0\0\0" + query[12:] + answer, peer)
                out, err = asked.communicate()
                print(asked.returncode, out.strip() or err.strip())
            """#
        let program = String(decoding: PackageResources.ask_dns_py, as: UTF8.self)
        let result = try await runPython(["-", program], input: server).requireSuccess("the server")
        XCTAssertEqual(result.output, "0 192.0.2.7\n1 there is no such name\n")
    }

    func testOneThatFailsIsAComplaintOnceItHeldBefore() {
        let bad = CheckAnswer(
            label: "process caddy", expected: "runs", answer: Answer(ok: false, detail: "does not run"))
        XCTAssertEqual(bad.complaint(after: "x")?.text, "process caddy: does not run (expected: runs)")
        XCTAssertEqual(bad.complaint(after: "x")?.kind, .check)
    }
}
