import Foundation
import VMHarness
import XCTest

/// The network is a cul-de-sac, on a real machine: the proof succeeds, notices when the guest reaches more than it must,
/// and the guest's way to the internet can be cut and restored.
final class IsolationTests: SubjectTestCase {
    override var asks: TestReport.Question { .harness }

    func testTheProofNoticesWhenTheGuestReachesMoreThanItMust() async throws {
        try await withSubject(.booted) { subject in
            let machine = subject.machine
            try await machine.finishIsolationProof()
            let isProven = await machine.isIsolationProven
            XCTAssertTrue(isProven, "a machine is handed out with its proof under way")
            try await subject.requireEgress(true)

            let virsh = Virsh(runner: machine.ssh.runner, uri: subject.session.configuration.host.libvirtURI)
            let xml = try await virsh.domainXML(machine.domain)
            let card = String(try XCTUnwrap(xml.firstMatch(of: /<interface [\s\S]*?<\/interface>/)).output)
            func attach(_ card: String) async throws {
                let file = subject.folder.appending(path: "test-card.xml")
                try card.write(to: file, atomically: true, encoding: .utf8)
                try await virsh.run(["update-device", machine.domain, file.path, "--live"])
                    .requireSuccess("changing the card")
            }
            try await attach(card.replacing(/<filterref [\s\S]*?\/>/, with: ""))
            let leaks = try await machine.isolationLeaks()
            subject.session.log.say("without the filter: \(leaks.joined(separator: "; "))")
            let gateway = machine.address.split(separator: ".").prefix(3).joined(separator: ".") + ".1"
            for wanted in ["\(gateway) tcp 22: ", "\(gateway) echo: an answer", "a UDP packet from"] {
                XCTAssertTrue(leaks.contains { $0.contains(wanted) }, "not noticed: '\(wanted)' in \(leaks)")
            }
            await assertRefused(machine)

            try await attach(card)
            try await machine.proveIsolation()
        }
    }

    /// While a machine runs beside another one, libvirtd is restarted, which the isolation survives, and the host's
    /// firewall is reloaded, which it can't: that is noticed before the next play. Done where `TEST_ADMINISTRATOR` names
    /// the folder of somebody who may do that.
    func testARestartOfLibvirtLeavesItAndAReloadOfTheFirewallIsNoticed() async throws {
        guard let path = ProcessInfo.processInfo.environment["TEST_ADMINISTRATOR"] else {
            throw XCTSkip("libvirtd and the firewall of this machine are left alone: TEST_ADMINISTRATOR is not set")
        }
        let administrator = Administrator(folder: URL(filePath: path))
        try await withSubject(.booted) { subject in
            let machine = subject.machine
            try await machine.finishIsolationProof()
            try await administrator.carryOut("add-neighbour")
            try await administrator.carryOut("restart-libvirtd")
            let leaks = try await machine.isolationLeaks()
            XCTAssertEqual(leaks, [], "after a restart of libvirtd")
            try await machine.proveIsolation()
            try await subject.withoutEgress { try await subject.requireEgress(false) }
            try await subject.requireEgress(true)

            try await administrator.carryOut("reload-firewall")
            let holes = try await machine.isolationLeaks()
            subject.session.log.say("after the firewall's reload: \(holes.joined(separator: "; "))")
            XCTAssertFalse(holes.isEmpty, "libvirt's rules are gone, and nothing leaks")
            XCTAssertTrue(
                holes.contains { $0.hasPrefix("another machine") }, "the other machine is not noticed: \(holes)")
            await assertRefused(machine, saying: "reload")

            try await administrator.carryOut("restart-libvirtd")
            try await machine.proveIsolation()
            try await subject.requireEgress(true)
            try await administrator.carryOut("remove-neighbour")
        }
    }

    private func assertRefused(_ machine: Machine, saying word: String = "") async {
        do {
            try await machine.proveIsolation()
            XCTFail("a machine without its filter passed for isolated")
        } catch {
            XCTAssertTrue(error is HarnessTrouble && (word.isEmpty || "\(error)".contains(word)), "\(error)")
        }
    }

    func testEgressIsCutAndRestoredWhileSSHStaysUp() async throws {
        try await withSubject(.booted) { subject in
            struct Planned: Error {}
            try await subject.withoutEgress { try await subject.requireEgress(false) }
            try await subject.requireEgress(true)
            do {
                try await subject.withoutEgress { throw Planned() }
                XCTFail("the body's error was swallowed")
            } catch is Planned {
                try await subject.requireEgress(true)
            }
            let task = Task { try await subject.withoutEgress { try await Task.sleep(for: .seconds(600)) } }
            try await Task.sleep(for: .seconds(3))
            try await subject.requireEgress(false)
            task.cancel()
            _ = await task.result
            try await subject.requireEgress(true)
        }
    }
}

/// Who owns the control host, as `.ci/lib/administrator` plays it.
private struct Administrator {
    let folder: URL

    /// Gives an order and requires that it was carried out.
    func carryOut(_ order: String) async throws {
        let done = folder.appending(path: "done")
        try? FileManager.default.removeItem(at: done)
        try Data(order.utf8).write(to: folder.appending(path: "order"), options: .atomic)
        let status = try await Wait(
            for: "the administrator to carry out \(order)", limit: .seconds(120),
            hint: "is .ci/lib/administrator running?"
        ).until {
            let text = try? String(contentsOf: done, encoding: .utf8)
            return text.map { .done($0) } ?? .notYet("no answer")
        }
        XCTAssertEqual(status, "0\n", order)
    }
}

extension Subject {
    /// Asks in the guest, over SSH, whether its first package source can be connected to.
    fileprivate func requireEgress(_ wanted: Bool, file: StaticString = #filePath, line: UInt = #line) async throws {
        let program = """
            import socket, subprocess, sys, urllib.parse
            words = ["apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI)"]
            lines = subprocess.run(words, capture_output=True, text=True)
            url = urllib.parse.urlsplit(lines.stdout.split()[0])
            socket.getaddrinfo(url.hostname, 80)
            try:
                socket.create_connection((url.hostname, url.port or {"http": 80, "https": 443}[url.scheme]), 6)
            except TimeoutError:
                sys.exit("silence")
            """
        let answer = try await machine.ssh.runPythonAsRoot(
            program, arguments: [], limit: machine.limit(.command))
        let told = answer.errorOutput.split(whereSeparator: \.isNewline).last.map(String.init)
        XCTAssertEqual(told, wanted ? nil : "silence", file: file, line: line)
        XCTAssertEqual(answer.succeeded, wanted, file: file, line: line)
    }
}
