import Foundation

@testable import VMHarness

/// Reports as real runs leave them, for tests and for looking at the pages.
enum SampleReports {
    static let start = Date(timeIntervalSince1970: 1_781_688_605)
    static let survives = "testWithTheFixTheHostSurvivesTheReboot"
    static let faithful = "testWithoutTheFixTheRebootKillsPublishedPortsAndContainerEgress"
    /// What a hostile guest would like to put on the page.
    static let hostile = "</pre><script>alert(1)</script>\u{1b}[2J\u{202e}dlrow\u{0}\u{fffe}\" onload='x' &amp; ]]>"

    static func environment() -> RunEnvironment {
        var environment = RunEnvironment()
        environment.kernel = "Linux 6.1.0-38-amd64"
        environment.accelerator = "tcg"
        environment.timeFactor = 10
        environment.libvirt = "9.0.0"
        environment.qemu = "7.2.19"
        environment.ansible = "core 2.14.18"
        environment.image = RunEnvironment.Image(
            file: "debian-13-generic-amd64-4f3c1a.qcow2", sha256: String(repeating: "4f3c1a97", count: 8),
            source: "build", origin: "http://mirror.example/debian")
        environment.layer = RunEnvironment.Layer(
            used: "9b1d44e0a7c2", misses: ["6aa0c1: overrides/askari.yml differs", "77be20: older than a week"])
        environment.standIns = [
            "golden image built from a Debian mirror: boots by systemd-boot instead of GRUB",
            "published service: a busybox web server instead of the real container",
        ]
        return environment
    }

    /// A run that has ended, with one test.
    static func report(_ verdict: Verdict, asks: TestReport.Question = .survival) -> RunReport {
        var report = RunReport(run: "20260617T093005Z-askari", subject: "askari", started: start)
        report.finished = start + 912
        report.written = start + 912
        report.environment = environment()
        report.tests = [test(survives, verdict, asks: asks, at: start + 40)]
        return report
    }

    static let complaint = Verdict.doesNotSurvive([
        Complaint(
            .answer, "tcp/8080", event: "the reboot",
            text: "dead from outside: web on port 8080: Connection timed out after 15001 milliseconds",
            before: "answers", after: "Connection timed out after 15001 milliseconds",
            cause: "new since boot: chain inet filter forward"),
        Complaint(
            .answer, "tcp/8443", event: "the reboot",
            text: "dead from outside: mesh on port 8443: Connection timed out after 15002 milliseconds"),
        Complaint(
            .answer, "egress of container web", event: "the reboot",
            text: "no egress from inside container web: timed out"),
    ])

    /// Everything that a page can show: a failure about the host, one about the harness, a skip and a pass.
    static func failed() -> RunReport {
        var report = report(complaint)
        report.timeline = [
            TimelineSpan(.image, "golden image", start: start, end: start + 9),
            TimelineSpan(.layer, "layer 9b1d44e0a7c2", start: start + 9, end: start + 11, detail: "found"),
        ]
        report.tests[0].checks = checks(after: false)
        report.tests[0].differences = [
            "firewall: table inet filter, chain forward: policy accept became drop",
            "firewall: rule gone: iifname \"docker0\" accept",
            "port 8080: reachable from outside became unreachable",
            "port 8443: reachable from outside became unreachable",
            "container web: egress became timed out",
        ]
        report.tests[0].evidence = ["nft-ruleset.txt", "docker-ps.txt", "ss.txt", "journal.txt"].enumerated().map {
            EvidenceFile(path: "IncidentReproTests.\(survives)/evidence/\($1)", bytes: 812 + $0 * 70_411)
        }
        var pass = test(faithful, .survives, asks: .harness, at: start + 500)
        pass.checks = checks(after: true)
        report.tests.insert(pass, at: 0)
        report.tests.append(
            TestReport(
                name: "testWhatIsNotAnOrderedRebootIsRefused", className: "RebootProofTests", asks: .harness,
                started: start + 850, duration: 31,
                outcome: .failed(
                    .harness, "\(HarnessTrouble("memory", why: "only 2100 MiB are free", fix: "stop something"))")))
        report.tests.append(
            TestReport(
                name: "testSoftReboot", className: "RebootProofTests", started: start + 900, duration: 0.01,
                outcome: .skipped("systemd in the guest is too old")))
        report.next = [
            "# \(survives)", "ssh -F /var/cache/boma-it/me/machines/boma-it-askari-1a2b/ssh_config askari",
            "less ~/integration-runs/\(report.run)/\(survives)/console.log", "make test-integration-clean",
        ]
        return report
    }

    static func passed() -> RunReport {
        var report = report(.survives)
        report.tests[0].checks = checks(after: true)
        var other = test(faithful, .survives, asks: .harness, at: start + 480)
        other.checks = checks(after: true)
        report.tests.append(other)
        return report
    }

    static func test(_ name: String, _ verdict: Verdict, asks: TestReport.Question, at time: Date) -> TestReport {
        var test = TestReport(
            name: name, className: "IncidentReproTests", asks: asks, started: time, duration: 431.5,
            outcome: TestOutcome(verdict), verdict: asks == .survival ? verdict : nil)
        test.timeline = [
            TimelineSpan(.boot, "boot", start: time, end: time + 78),
            TimelineSpan(.check, "a look", start: time + 2, end: time + 51),
            TimelineSpan(.other, "clean up", start: time + 51, end: time + 78),
            TimelineSpan(.play, "converge", start: time + 80, end: time + 240),
        ]
        let tasks = [
            ("Gathering facts", 9.0, "ok"), ("base : Install packages", 48, "changed"), ("base : sshd", 4, "ok"),
            ("firewall : nftables rules", 6, "changed"), ("docker_host : Install Docker", 61, "changed"),
            ("docker_host : daemon.json", 3, "changed"), ("web : Start the container", 21, "changed"),
        ]
        var at = time + 82
        for (name, seconds, detail) in tasks {
            test.timeline.append(TimelineSpan(.task, name, start: at, end: at + seconds, detail: detail))
            at += seconds
        }
        let isOK = verdict == .survives
        test.timeline += [
            TimelineSpan(.check, "before the reboot", start: time + 240, end: time + 262),
            TimelineSpan(
                .reboot, "reboot", start: time + 262, end: time + 361, detail: "down after 14 s, up after 85 s"),
            TimelineSpan(
                .check, "after the reboot", start: time + 361, end: time + 408, detail: isOK ? nil : "3 not ok",
                ok: isOK),
            TimelineSpan(.evidence, "evidence", start: time + 408, end: time + 431),
        ]
        return test
    }

    private static func checks(after isOK: Bool) -> [CheckReport] {
        ["before the reboot", "after the reboot"].flatMap { moment -> [CheckReport] in
            let ok = isOK || moment.hasPrefix("before")
            return [
                CheckReport(
                    "web on port 8080, from outside", moment: moment, expected: "answers with 'karibu'",
                    observed: ok ? "answers" : "Connection timed out after 15001 milliseconds", ok: ok),
                CheckReport(
                    "egress from inside container web", moment: moment, expected: "reaches out",
                    observed: ok ? "HTTP 200" : "timed out", ok: ok),
                CheckReport(
                    "web on localhost:8080", moment: moment, expected: "answers", observed: "answers", ok: true),
                CheckReport("systemd", moment: moment, expected: "running", observed: "running", ok: true),
            ]
        }
    }

    /// A report whose every text is hostile and large.
    static func hostileReport() -> RunReport {
        let flood = hostile + String(repeating: "<b>\u{202e}x</b>\n", count: 20_000)
        var report = RunReport(run: hostile, subject: hostile, started: start)
        var environment = environment()
        environment.kernel = flood
        environment.certTier = flood
        environment.image?.origin = flood
        environment.layer = RunEnvironment.Layer(used: flood, misses: Array(repeating: flood, count: 100))
        environment.standIns = Array(repeating: flood, count: 200)
        report.environment = environment
        var test = TestReport(
            name: hostile, className: hostile, started: start, duration: 1e300, outcome: .failed(.host, flood),
            verdict: .doesNotSurvive(
                Array(
                    repeating: Complaint(.answer, flood, event: flood, text: flood, before: flood, after: flood),
                    count: 300)))
        test.timeline = (0..<2000).map {
            TimelineSpan(.task, hostile, start: start + Double($0), end: nil, detail: hostile, ok: $0 % 2 == 0)
        }
        test.checks = Array(
            repeating: CheckReport(flood, moment: flood, expected: flood, observed: flood, ok: false), count: 1000)
        test.differences = Array(repeating: flood, count: 1000)
        test.evidence = Array(
            repeating: EvidenceFile(path: "evidence/\(hostile)", bytes: .max), count: 1000)
        report.tests = [test, test]
        report.next = Array(repeating: flood, count: 1000)
        return report
    }
}
