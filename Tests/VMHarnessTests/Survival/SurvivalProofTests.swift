import Foundation
import XCTest

@testable import VMHarness

final class SurvivalProofTests: XCTestCase {
    private let good = Answer(ok: true, detail: "answers")
    private let dead = Answer(ok: false, detail: "refused")

    private func observation(_ change: String = "", outside: [Int: Answer]? = nil) throws -> Observation {
        let profile = try JSONDecoder().decode(
            Profile.self,
            from: Data(
                #"""
                {"subject": "a", "playbook": "p", "published": [{"container": "c", "port": 80, "path": "/"}],
                 "ports": [25], "closed": [9100], "units": ["exim4.service"], "containers": ["c"], "egress": {"containers": []}}
                """#.utf8))
        var view = #"""
            {"answers": {"80": {"ok": true, "detail": ""}}, "containers": [{"name": "c", "status": "running"}],
             "container_egress": {}, "host_egress": {"ok": true, "detail": ""}, "system_state": "running",
             "failed_units": [], "units": {"exim4.service": "active"}, "ruleset": ""}
            """#
        let words = change.components(separatedBy: " => ")
        if words.count == 2 {
            XCTAssertTrue(view.contains(words[0]), words[0])
            view = view.replacingOccurrences(of: words[0], with: words[1])
        }
        return Observation(
            outside: outside ?? [80: good, 25: good],
            inside: try JSONDecoder().decode(InsideView.self, from: Data(view.utf8)), profile: profile)
    }

    private func look(
        _ seen: Observation? = nil, _ facts: SnapshotSamples.Facts = SnapshotSamples.healthy,
        open: [Int: Answer]? = nil
    ) throws -> SurvivalProof.Look {
        SurvivalProof.Look(
            seen: try seen ?? observation(), state: SnapshotSamples.snapshot(facts),
            open: open ?? [22: good, 8080: good])
    }

    private func complaints(_ before: SurvivalProof.Look, _ after: SurvivalProof.Look) -> [String] {
        SurvivalProof.complaints(
            before, after,
            StateDifference(from: before.state, to: after.state, answers: (before.reachability, after.reachability)))
    }

    func testAHealthyHostHasNoComplaint() throws {
        XCTAssertEqual(complaints(try look(), try look()), [])
    }

    func testWhatIsDeclaredIsAskedFor() throws {
        for (seen, complaint) in [
            (try observation(outside: [80: good, 25: dead]), "dead from outside: port 25: refused"),
            (try observation(outside: [80: good]), "dead from outside: port 25: not asked"),
            (
                try observation(#""exim4.service": "active" => "exim4.service": "failed""#),
                "unit exim4.service is failed"
            ),
            (try observation(#""name": "c" => "name": "d""#), "container c is not there"),
            (try observation(#""ruleset": "" => "ruleset": "", "full": ["/"]"#), "file system / is full"),
            (
                try observation(#""failed_units": [] => "failed_units": ["docker.service"]"#, outside: [25: good]),
                "systemd is running, failed units: docker.service"
            ),
        ] {
            XCTAssertEqual(complaints(try look(), try look(seen)).first, complaint, complaint)
            XCTAssertTrue(seen.checks("now").contains { !$0.ok }, complaint)
        }
        XCTAssertFalse(try observation().checks("now").contains { !$0.ok })
    }

    func testAPortThatNobodyDeclaredStillCounts() throws {
        let after = try look(open: [22: good, 8080: dead])
        let told = complaints(try look(), after)
        XCTAssertEqual(
            told,
            [
                "dead from outside: port 8080 (docker-proxy), which nobody declared: refused (if it has to be so, name it in the profile's closed)"
            ])
        // One that has to be closed is complained about when it is not.
        let both = try look(open: [22: good, 8080: good, 9100: good])
        XCTAssertEqual(complaints(both, try look(open: [22: good, 8080: good, 9100: dead])), [])
        XCTAssertEqual(complaints(both, both), ["port 9100 answers from outside, but has to be closed"])
        // One that did not answer before has lost nothing.
        XCTAssertEqual(complaints(try look(open: [22: good, 8080: dead]), after), [])
        // One that was not asked any more has not answered.
        XCTAssertEqual(complaints(try look(), try look(open: [22: good])).count, 1)
    }

    func testWhatTheDifferenceNamesCountsButNotAnUpgrade() throws {
        let facts = SnapshotSamples.changed(.sysctl, ["net/ipv4/ip_forward": "0"])
        XCTAssertEqual(complaints(try look(), try look(nil, facts)).count, 1)
        let upgraded = SnapshotSamples.changed(
            .packages, ["zlib1g:amd64": "1.4"], in: SnapshotSamples.changed(.system, ["kernel": "6.12.2-cloud"]))
        XCTAssertEqual(complaints(try look(), try look(nil, upgraded)), [])
    }

    /// The incident in one line: what users see, and why.
    func testTheFirstComplaintNamesTheProbableCause() throws {
        let facts = SnapshotSamples.changed(.firewall, ["chain inet filter forward": SnapshotSamples.hardened])
        let told = complaints(try look(), try look(nil, facts, open: [22: good, 8080: dead]))
        XCTAssertTrue(told[0].hasPrefix("dead from outside: port 8080 (docker-proxy)"), told[0])
        XCTAssertTrue(told[0].contains("; probably because: new since boot: chain inet filter forward"), told[0])
        XCTAssertEqual(told.filter { $0.contains("inet filter forward") }.count, 1, "\(told)")
    }

    func testWhatCanNotBeReadAnyMoreIsNotEqual() {
        let known = SnapshotSamples.snapshot()
        let unknown = SnapshotSamples.snapshot(without: .firewall, why: "nft took too long")
        XCTAssertEqual(SurvivalProof.unclear(known, unknown), ["firewall"])
        // What it had before is not known either, and can have been lost.
        XCTAssertEqual(SurvivalProof.unclear(unknown, known), ["firewall"])
        let absent = SnapshotSamples.snapshot(without: .firewall, why: "nft is not installed")
        XCTAssertEqual(SurvivalProof.unclear(absent, absent), [])
        let long = SnapshotSamples.snapshot(without: .etc, why: "more than 20000 files")
        XCTAssertEqual(SurvivalProof.unclear(long, long), [])
    }

    func testAPortThatTheKernelPickedMayBeAnother() throws {
        let before = SnapshotSamples.changed(.listeners, ["tcp 0.0.0.0:43567": "rpc.mountd"])
        let after = SnapshotSamples.changed(.listeners, ["tcp 0.0.0.0:38211": "rpc.mountd"])
        let open = [22: good, 43567: good]
        XCTAssertEqual(
            complaints(try look(nil, before, open: open), try look(nil, after, open: [22: good, 43567: dead])), [])
        let gone = complaints(try look(nil, before, open: open), try look(open: [22: good, 43567: dead]))
        XCTAssertTrue(gone[0].hasPrefix("dead from outside: port 43567 (rpc.mountd)"), "\(gone)")
    }

    func testEndingsOfAReboot() {
        let id = UUID()
        for (error, part) in [
            (
                WaitError(requirement: "a login", elapsed: .seconds(60), lastSeen: "refused", hint: ""),
                "nobody can log in any more"
            ),
            (GuestIsHopeless(what: "the kernel panicked", line: "x"), "the kernel panicked"),
            (RebootNotProven.otherBoots(count: 3), "rebooted by itself: 3 new boots"),
            (RebootNotProven.unasked(before: id, after: id, when: "at the end"), "rebooted by itself at the end"),
        ] as [(any Error, String)] {
            let verdict = RebootEnding.verdict(error)
            XCTAssertTrue(verdict is DidNotSurvive, "\(error)")
            XCTAssertTrue("\(verdict)".contains(part), "\(verdict)")
            XCTAssertEqual(FailureCause(failure: "\(verdict)", playHasRun: true), .subject)
        }
        for error in [RebootNotProven.neverWentDown, .sameBoot(id), .otherBoots(count: 0)] {
            let verdict = RebootEnding.verdict(error)
            XCTAssertEqual(FailureCause(failure: "\(verdict)", playHasRun: true), .harness, "\(verdict)")
        }
        XCTAssertTrue(RebootEnding.verdict(EmulatorFault(line: "x")) is EmulatorFault)
    }
}
