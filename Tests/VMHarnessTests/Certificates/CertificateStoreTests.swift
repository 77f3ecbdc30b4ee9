import Foundation
import Synchronization
import XCTest

@testable import VMHarness

/// The store of certificates, with certificates that openssl makes here. Needs openssl, no machine.
final class CertificateStoreTests: XCTestCase {
    private static let names = ["*.test.boma.example", "test.boma.example"]
    private static let directory = "https://authority.example/dir"

    private struct Bench {
        let folder: URL
        let runner: SystemCommandRunner
        var place: URL { folder.appending(path: "store") }

        init(_ folder: URL) throws {
            self.folder = folder
            runner = try SystemCommandRunner(
                logs: folder.appending(path: "logs"),
                environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""])
        }
    }

    private final class Counter: Sendable {
        private let number = Mutex(0)
        var count: Int { number.withLock { $0 } }
        func add() { number.withLock { $0 += 1 } }
    }

    private func bench() throws -> Bench { try Bench(try temporaryFolder()) }

    private func store(_ bench: Bench, patience: Duration = .seconds(20)) -> CertificateStore {
        CertificateStore(bench.place, runner: bench.runner, patience: patience, say: { _ in })
    }

    private static func issue(_ folder: URL, _ runner: SystemCommandRunner, names: [String] = names, days: Int = 90)
        async throws -> StoredCertificate
    {
        let id = UUID().uuidString
        let key = folder.appending(path: "\(id).key"), chain = folder.appending(path: "\(id).pem")
        try await runner.run(
            Command(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "\(days)",
                    "-subj", "/CN=\(id.prefix(8))", "-addext",
                    "subjectAltName=\(names.map { "DNS:\($0)" }.joined(separator: ","))", "-keyout", key.path, "-out",
                    chain.path,
                ])
        ).requireSuccess("making a certificate")
        return try await StoredCertificate(
            directory: Self.directory, names: Self.names, chain: String(contentsOf: chain, encoding: .utf8),
            key: String(contentsOf: key, encoding: .utf8), authority: nil, runner: runner)
    }

    func testTheSecondRunHasTheFirstOnesAndNobodyElseCanReadIt() async throws {
        let bench = try bench()
        let (folder, runner) = (bench.folder, bench.runner)
        let first = try await store(bench).certificate(for: Self.names, from: Self.directory) {
            try await Self.issue(folder, runner)
        }
        XCTAssertTrue(first.isNew)
        let stored = try await store(bench).stored(for: Self.names, from: Self.directory)
        XCTAssertEqual(stored, first.certificate)
        let late = Date(timeIntervalSinceNow: 61 * 86400)
        let stale = try await store(bench).stored(for: Self.names, from: Self.directory, now: late)
        XCTAssertNil(stale, "one that nears its expiry is no reason to ask nobody")
        let second = try await store(bench).certificate(for: Self.names, from: Self.directory) {
            XCTFail("a second one was got")
            throw CancellationError()
        }
        XCTAssertFalse(second.isNew)
        XCTAssertEqual(second.certificate, first.certificate)
        XCTAssertTrue(second.certificate.issuer.contains("CN"), second.certificate.issuer)
        XCTAssertEqual(second.certificate.expires.timeIntervalSinceNow, 90 * 86400, accuracy: 600)
        for name in try FileManager.default.contentsOfDirectory(atPath: bench.place.path) {
            let facts = try FileManager.default.attributesOfItem(atPath: bench.place.appending(path: name).path)
            XCTAssertEqual((facts[.posixPermissions] as? NSNumber)?.intValue, 0o600, name)
        }
        // Its key is a secret from now on.
        XCTAssertFalse(Redactor.shared.redact(second.certificate.key).contains(second.certificate.key))
    }

    /// Against a real authority a new one has its price: one is got only when the stored one is to blame.
    func testOneThatCanNotBeLookedAtIsLeftAlone() async throws {
        let bench = try bench()
        let (folder, runner) = (bench.folder, bench.runner)
        _ = try await store(bench).certificate(for: Self.names, from: Self.directory) {
            try await Self.issue(folder, runner)
        }
        let before = try FileManager.default.contentsOfDirectory(atPath: bench.place.path).sorted()
        let bare = try SystemCommandRunner(logs: folder.appending(path: "bare"), environment: ["PATH": "/nonexistent"])
        let blind = CertificateStore(bench.place, runner: bare, patience: .seconds(20), say: { _ in })
        do {
            _ = try await blind.certificate(for: Self.names, from: Self.directory) {
                XCTFail("a second one was got")
                throw CancellationError()
            }
            XCTFail("it was used without a look")
        } catch let error as MissingToolError {
            XCTAssertEqual(error.tool, "openssl")
        }
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: bench.place.path).sorted(), before)
    }

    func testAnotherDirectorysOrOtherNamesDontCount() async throws {
        let bench = try bench()
        let (folder, runner) = (bench.folder, bench.runner)
        _ = try await store(bench).certificate(for: Self.names, from: Self.directory) {
            try await Self.issue(folder, runner)
        }
        struct Asked: Error {}
        for (names, directory) in [(Self.names, "https://other.example/dir"), (["*.boma.example"], Self.directory)] {
            do {
                _ = try await store(bench).certificate(for: names, from: directory) { throw Asked() }
                XCTFail("\(names) from \(directory) were found")
            } catch is Asked {}
        }
    }

    func testOneThatNearsItsExpiryIsGotAnewAndAFailureLeavesTheOldOne() async throws {
        let bench = try bench()
        let (folder, runner) = (bench.folder, bench.runner)
        let old = try await store(bench).certificate(for: Self.names, from: Self.directory) {
            try await Self.issue(folder, runner)
        }.certificate
        struct Failed: Error {}
        let late = Date(timeIntervalSinceNow: 61 * 86400)
        do {
            _ = try await store(bench).certificate(for: Self.names, from: Self.directory, now: late) { throw Failed() }
            XCTFail("a certificate with a third of its validity was used")
        } catch is Failed {}
        let kept = try await store(bench).certificate(for: Self.names, from: Self.directory) { throw Failed() }
        XCTAssertEqual(kept.certificate, old)
        let renewed = try await store(bench).certificate(for: Self.names, from: Self.directory, now: late) {
            try await Self.issue(folder, runner, days: 200)
        }
        XCTAssertTrue(renewed.isNew)
        XCTAssertNotEqual(renewed.certificate.serial, old.serial)
    }

    func testAnInterruptedWriteIsNeverSeen() async throws {
        let bench = try bench()
        let (folder, runner) = (bench.folder, bench.runner)
        let first = try await store(bench).certificate(for: Self.names, from: Self.directory) {
            try await Self.issue(folder, runner)
        }.certificate
        let file = bench.place.appending(path: CertificateStore.fileName(Self.names, Self.directory))
        let whole = try Data(contentsOf: file)
        // As a process leaves it that is killed while it writes.
        try whole.prefix(whole.count / 2).write(to: file.appendingPathExtension("new"))
        let again = try await store(bench).certificate(for: Self.names, from: Self.directory) {
            throw CancellationError()
        }
        XCTAssertEqual(again.certificate, first)
        XCTAssertFalse(FileManager.default.fileExists(atPath: file.appendingPathExtension("new").path))
    }

    func testADamagedOneIsPutAsideAndGotAnew() async throws {
        let bench = try bench()
        let (folder, runner) = (bench.folder, bench.runner)
        let file = bench.place.appending(path: CertificateStore.fileName(Self.names, Self.directory))
        let first = try await store(bench).certificate(for: Self.names, from: Self.directory) {
            try await Self.issue(folder, runner)
        }.certificate
        let other = try await Self.issue(folder, runner)
        let text = try String(contentsOf: file, encoding: .utf8)
        let damages = [
            String(text.prefix(text.count / 2)),
            text.replacingOccurrences(of: first.serial, with: "00FF"),
            // The key of another certificate: served, it would be refused by nobody but the client.
            text.replacingOccurrences(
                of: first.key.replacingOccurrences(of: "\n", with: "\\n"),
                with: other.key.replacingOccurrences(of: "\n", with: "\\n")),
            "",
        ]
        for (number, damage) in damages.enumerated() {
            XCTAssertNotEqual(damage, text, "damage \(number)")
            try FileManager.default.removeItem(at: file)
            try PrivateFile.write(Data(damage.utf8), to: file)
            let next = try await store(bench).certificate(for: Self.names, from: Self.directory) {
                try await Self.issue(folder, runner)
            }
            XCTAssertTrue(next.isNew, "damage \(number)")
            XCTAssertTrue(FileManager.default.fileExists(atPath: file.appendingPathExtension("unusable").path))
        }
    }

    func testAStoreThatOthersCanReadIsRefused() async throws {
        let bench = try bench()
        let (folder, runner) = (bench.folder, bench.runner)
        _ = try await store(bench).certificate(for: Self.names, from: Self.directory) {
            try await Self.issue(folder, runner)
        }
        let file = bench.place.appending(path: CertificateStore.fileName(Self.names, Self.directory))
        for place in [file, bench.place] {
            let mode = try FileManager.default.attributesOfItem(atPath: place.path)[.posixPermissions]
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path)
            do {
                _ = try await store(bench).certificate(for: Self.names, from: Self.directory) {
                    throw CancellationError()
                }
                XCTFail("\(place.lastPathComponent) was used")
            } catch let trouble as HarnessTrouble {
                XCTAssertTrue("\(trouble)".contains(place.path) && "\(trouble)".contains("chmod"), "\(trouble)")
            }
            try FileManager.default.setAttributes([.posixPermissions: mode ?? 0], ofItemAtPath: place.path)
        }
    }

    func testACertificateForOtherNamesOrWithAnotherKeyIsNotStored() async throws {
        let bench = try bench()
        let (folder, runner) = (bench.folder, bench.runner)
        do {
            _ = try await store(bench).certificate(for: Self.names, from: Self.directory) {
                try await Self.issue(folder, runner, names: ["real.boma.example"])
            }
            XCTFail("a certificate for another name was stored")
        } catch let trouble as HarnessTrouble {
            XCTAssertTrue("\(trouble)".contains("real.boma.example"), "\(trouble)")
        }
        let stored = try FileManager.default.contentsOfDirectory(atPath: bench.place.path)
        XCTAssertEqual(stored.filter { !$0.hasSuffix(".lock") }, [])
    }

    func testTwoAtTheSameTimeGetOneCertificate() async throws {
        let bench = try bench()
        let (folder, runner) = (bench.folder, bench.runner)
        let counter = Counter()
        let stores = [store(bench), store(bench)]
        let serials = try await withThrowingTaskGroup(of: String.self) { group in
            for store in stores {
                group.addTask {
                    try await store.certificate(for: Self.names, from: Self.directory) {
                        counter.add()
                        try await Task.sleep(for: .milliseconds(300))
                        return try await Self.issue(folder, runner)
                    }.certificate.serial
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        XCTAssertEqual(serials.count, 1)
        XCTAssertEqual(counter.count, 1)
    }
}
