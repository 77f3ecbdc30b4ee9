import Foundation
import XCTest

@testable import VMHarness

final class ComparisonTests: XCTestCase {
    private let good = Answer(ok: true, detail: "answers")
    private let dead = Answer(ok: false, detail: "refused")

    private func observation(
        _ change: String = "", outside: [Int: Answer]? = nil, profile more: String = ""
    ) throws -> Observation {
        let profile = try JSONDecoder().decode(
            Profile.self,
            from: Data(
                #"""
                {\#(more) "subject": "a", "playbook": "p", "published": [{"container": "c", "port": 80, "path": "/"}],
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
    ) throws -> Look {
        Look(
            taken: Date(), seen: try seen ?? observation(), state: SnapshotSamples.snapshot(facts),
            open: open ?? [22: good, 8080: good])
    }

    private func complaints(_ before: Look, _ after: Look) -> [String] {
        Comparison(before, after, event: "the reboot").complaints.map(\.line)
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
                "unit docker.service failed"
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

    func testWhatCanNotBeReadAnyMoreIsNotEqual() throws {
        func verdict(_ before: StateSnapshot, _ after: StateSnapshot) throws -> Verdict {
            func look(_ state: StateSnapshot) throws -> Look {
                Look(taken: Date(), seen: try observation(), state: state, open: [:])
            }
            return Comparison(try look(before), try look(after), event: "the reboot").verdict
        }
        func without(_ part: StateSnapshot.Part, _ content: StateSnapshot.Content) -> StateSnapshot {
            SnapshotSamples.snapshot(without: part, content)
        }
        let known = SnapshotSamples.snapshot()
        let unknown = without(.firewall, .unavailable("nft took too long"))
        // What it had before is not known either, and can have been lost.
        for (before, after) in [(known, unknown), (unknown, known), (unknown, unknown)] {
            let trouble = try XCTUnwrap(try verdict(before, after).trouble)
            XCTAssertEqual(trouble.kind, .unread)
            XCTAssertTrue(trouble.what.hasSuffix(": firewall"), trouble.what)
        }
        let absent = without(.firewall, .absent("nft is not installed"))
        XCTAssertEqual(try verdict(absent, absent), .survives)
        XCTAssertEqual(try verdict(known, absent).trouble?.kind, .unread, "it was there, and is not known to be gone")
        let long = without(.etc, .unavailable("more than 20000 files"))
        XCTAssertEqual(try verdict(long, long), .survives)
    }

    /// What was broken before shows nothing by being broken still, and is no excuse for what is lost beside it.
    func testWhatWasBrokenBeforeIsNoLossAndNoProof() throws {
        let dead = try look(try observation(outside: [80: dead, 25: good]))
        XCTAssertEqual(Comparison(dead, dead, event: "the reboot").verdict.trouble?.kind, .unhealthyBefore)
        XCTAssertEqual(Comparison(dead, try look(), event: "the reboot").verdict, .survives)
        let both = try look(try observation(outside: [80: self.dead, 25: self.dead]))
        XCTAssertEqual(complaints(dead, both), ["dead from outside: port 25: refused"])
    }

    func testAnAnswerOfAnotherClassIsNone() throws {
        func web(_ status: Int) -> Answer { Answer(ok: true, detail: "answers with status \(status)", status: status) }
        func seen(_ status: Int) throws -> Observation { try observation(outside: [80: web(status), 25: good]) }
        for (old, new, isLost) in [
            (200, 204, false), (200, 502, true), (404, 404, false), (503, 503, false), (301, 404, true),
        ] {
            let before = try seen(old)
            let told = complaints(try look(before), try look(try seen(new).compared(with: before)))
            XCTAssertEqual(!told.isEmpty, isLost, "\(old) to \(new): \(told)")
            if let first = told.first {
                XCTAssertTrue(first.contains("answers with status \(new), was \(old)"), first)
            }
        }
    }

    func testWhatTheProfileAllowsIsNoLossAndIsTold() throws {
        let allowed = #"""
            "allowed_failed_units": [{"unit": "motd.service", "because": "no network at boot"}],
            "allowed_exited_containers": [{"container": "d", "because": "it migrates and ends"}],
            """#
        let broken = """
            "failed_units": [] => "failed_units": ["motd.service"]
            """
        let seen = try observation(broken, profile: allowed)
        let facts = SnapshotSamples.changed(.units, ["motd.service": "failed failed"])
        let compared = Comparison(
            try look(try observation(profile: allowed)), try look(seen, facts), event: "the reboot")
        XCTAssertEqual(compared.verdict, .survives)
        XCTAssertEqual(compared.allowances.map(\.text), ["unit motd.service failed, as it may: no network at boot"])
        XCTAssertEqual(
            Comparison(try look(), try look(try observation(broken), facts), event: "x").verdict.word, .doesNotSurvive)
        let exited = try observation(
            #""containers": [ => "containers": [{"name": "d", "status": "exited", "restarts": 0}, "#, profile: allowed)
        XCTAssertEqual(exited.complaints(after: "x"), [])
        XCTAssertEqual(
            try observation(#""containers": [ => "containers": [{"name": "d", "status": "exited", "restarts": 0}, "#)
                .complaints(after: "x").map(\.text), ["container d is exited"])
        // What had failed before the play is nobody's fault, and what else fails is.
        var before = try observation(broken)
        before.failedBefore = ["motd.service"]
        XCTAssertEqual(before.complaints(after: "x"), [])
    }

    func testAPortThatWasShutFromOutsideAndAnswersNowIsExposed() throws {
        let told = complaints(try look(open: [22: good, 8080: dead]), try look(open: [22: good, 8080: good]))
        XCTAssertEqual(
            told,
            ["port 8080 (docker-proxy) answers from outside, and did not before: whatever shut it is gone"])
    }

    func testWhatTheProfileIgnoresIsToldAndNoLossAndSoIsAnEntryTooMany() throws {
        let ignores = #"""
            "ignore": [{"kind": "mount", "pattern": "^/srv/scratch$", "because": "made by a job"},
                       {"kind": "unit", "pattern": "^never", "because": "once there was one"}],
            """#
        let before = SnapshotSamples.changed(.mounts, ["/srv/scratch": "tmpfs rw", "/srv/data": "ext4 rw"])
        let gone = SnapshotSamples.changed(.mounts, [:])
        let compared = Comparison(
            try look(try observation(profile: ignores), before), try look(try observation(profile: ignores), gone),
            event: "the reboot")
        XCTAssertEqual(compared.verdict.complaints.map(\.subject), ["/srv/data"])
        XCTAssertEqual(
            compared.allowances.map(\.text),
            [
                "ignored: /srv/scratch is not mounted, as it may: made by a job",
                "nothing of kind unit matches ^never: the profile's ignore has an entry too many",
            ])
    }

    func testASocketUnitAndItsPortAreOneLoss() throws {
        var before = SnapshotSamples.changed(.units, ["echo.socket": "active - other local"])
        before[.listeners]?["tcp 127.0.0.1:8071"] = "systemd"
        var after = SnapshotSamples.changed(.units, ["echo.socket": nil])
        after[.listeners]?["tcp 127.0.0.1:8071"] = nil
        XCTAssertEqual(complaints(try look(nil, before), try look(nil, after)), ["echo.socket is no longer active"])
    }

    func testALossThatWasForetoldHasItsCause() throws {
        var before = SnapshotSamples.changed(.mounts, ["/srv/data": "ext4 rw"])
        before[.lasting] = ["mount /srv/data": "no line in /etc/fstab"]
        XCTAssertEqual(
            complaints(try look(nil, before), try look(nil, SnapshotSamples.changed(.mounts, [:]))),
            ["/srv/data is not mounted; probably because: no line in /etc/fstab"])
    }

    func testAPathThatALostUnitNamesIsItsCauseAndNoLineOfItsOwn() throws {
        var before = SnapshotSamples.changed(.units, ["app.service": "active running boot local"])
        before[.runtime] = ["/run/app": "folder 0755 0:0 named:app.service", "/run/cache": "folder 0755 0:0 named:job"]
        var after = SnapshotSamples.changed(.units, ["app.service": "failed failed boot local"])
        after[.runtime] = [:]
        XCTAssertEqual(
            complaints(try look(nil, before), try look(nil, after)),
            [
                "app.service failed; probably because: folder /run/app is gone: a boot empties that place",
                "folder /run/cache is gone: a boot empties that place",
            ])
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
}
