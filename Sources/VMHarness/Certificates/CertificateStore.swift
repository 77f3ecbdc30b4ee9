import Foundation

/// Certificates that are issued once and used by many runs, with their private keys, on the control host.
///
/// One file for each certificate, for its owner only, replaced as a whole: a reader never sees half of one.
public struct CertificateStore: Sendable {
    private let folder: URL
    private let runner: any CommandRunner
    private let say: @Sendable (String) -> Void

    /// How long to wait for another process that is getting the same certificate.
    private let patience: Duration

    /// - Parameters:
    ///   - folder: made when it is missing (`BOMA_IT_CERT_STORE`).
    ///   - say: is told why a certificate is got anew.
    public init(
        _ folder: URL, runner: any CommandRunner, patience: Duration = .seconds(1800),
        say: @escaping @Sendable (String) -> Void
    ) {
        self.folder = folder
        self.runner = runner
        self.patience = patience
        self.say = say
    }

    /// A certificate for these names: the stored one while more than a third of its validity is left, else a new one.
    ///
    /// Who comes while another process gets it waits and then has the other's.
    /// - Parameters:
    ///   - directory: address of the ACME directory; another directory's certificates don't count.
    ///   - issue: gets one. What it throws is passed on, and the store stays as it was.
    /// - Returns: the certificate, and whether it is new.
    /// - Throws: ``HarnessTrouble`` when the store can't be used, or others could read it.
    public func certificate(
        for names: [String], from directory: String, now: Date = Date(), issue: () async throws -> StoredCertificate
    ) async throws -> (certificate: StoredCertificate, isNew: Bool) {
        let file = folder.appending(path: Self.fileName(names, directory))
        let draft = file.appendingPathExtension("new")
        let lock = try await open(file, draft: draft)
        defer { withExtendedLifetime(lock) {} }
        if let stored = try await read(file, names, directory, now) { return (stored, false) }
        let new = try await issue()
        guard new.names == names, new.directory == directory, new.isFresh(at: now) else {
            throw trouble(
                file, why: "would get a certificate that is not what was asked for", fix: "issue it again")
        }
        try await write(new, to: file, draft: draft)
        return (new, true)
    }

    /// The stored certificate for these names, if it is fresh; see ``certificate(for:from:now:issue:)``.
    ///
    /// - Throws: ``HarnessTrouble`` when the store can't be used, or others could read it.
    public func stored(for names: [String], from directory: String, now: Date = Date()) async throws
        -> StoredCertificate?
    {
        let file = folder.appending(path: Self.fileName(names, directory))
        let lock = try await open(file, draft: file.appendingPathExtension("new"))
        defer { withExtendedLifetime(lock) {} }
        return try await read(file, names, directory, now)
    }

    /// Makes sure that nobody else can look, nor works on this file meanwhile; removes what an interrupted write has left.
    private func open(_ file: URL, draft: URL) async throws -> FileLock {
        // The folder must be private from the start: Foundation creates it and sets its mode afterwards; in between
        // others could open it. A folder that exists stays as it is.
        if !FileManager.default.fileExists(atPath: folder.path) {
            let made = try await runner.run(
                Command("mkdir", ["--parents", "--mode", "0700", "--", folder.path]))
            guard made.succeeded else {
                throw trouble(
                    folder, why: "can't be made: \(printable(made.errorOutput.lines.last ?? "mkdir failed"))",
                    fix: "set BOMA_IT_CERT_STORE")
            }
        }
        try requirePrivate(folder, mode: 0o700)
        let lock = try await lock(file.appendingPathExtension("lock"))
        // A process that died while writing has left it; we hold the lock now.
        try? FileManager.default.removeItem(at: draft)
        return lock
    }

    /// The stored one; `nil`, with the reason told, when it is to be got anew.
    private func read(_ file: URL, _ names: [String], _ directory: String, _ now: Date) async throws
        -> StoredCertificate?
    {
        guard FileManager.default.fileExists(atPath: file.path) else {
            say("certificate: none stored for \(names.joined(separator: ", ")) from \(directory)")
            return nil
        }
        try requirePrivate(file, mode: 0o600)
        let stored: StoredCertificate
        do {
            stored = try JSONCoding.read(StoredCertificate.self, from: Data(contentsOf: file))
            Redactor.shared.learn([stored.key])
            // Read everything from the certificate itself, not from what the record says about it.
            let read = try await StoredCertificate(
                directory: stored.directory, names: names, chain: stored.chain, key: stored.key,
                authority: stored.authority, runner: runner)
            guard read == stored, stored.directory == directory else {
                throw trouble(file, why: "is another certificate's", fix: "")
            }
        } catch let error where Self.isAboutTheCertificate(error) {
            // Keep the file: it may hold a key that has to be revoked.
            let aside = file.appendingPathExtension("unusable")
            say("certificate: the stored one can't be used; it is now \(aside.path)")
            try await rename(file, to: aside)
            return nil
        }
        guard stored.isFresh(at: now) else {
            say("certificate: the stored one expires \(stored.expires.formatted(.iso8601)): getting a new one")
            return nil
        }
        say(
            "certificate: stored one of \(stored.issued.formatted(.iso8601)), until \(stored.expires.formatted(.iso8601))"
        )
        return stored
    }

    /// Whether the stored one is to blame. An openssl that is missing, or was ended, says nothing about it.
    private static func isAboutTheCertificate(_ error: any Error) -> Bool {
        switch error {
        case is DecodingError, is HarnessTrouble: true
        case let error as CommandError: if case .exited = error.result.ending { true } else { false }
        default: false
        }
    }

    private func write(_ certificate: StoredCertificate, to file: URL, draft: URL) async throws {
        let data = try JSONCoding.document(certificate)
        do {
            try PrivateFile.write(data, to: draft)
            let handle = try FileHandle(forUpdating: draft)
            defer { try? handle.close() }
            // It must be on disk before it gets its final name.
            try handle.synchronize()
        } catch {
            try? FileManager.default.removeItem(at: draft)
            throw trouble(
                file, why: (error as? HarnessTrouble)?.why ?? "can't be written: \(FileTools.words(for: error))",
                fix: "free disk space, or set BOMA_IT_CERT_STORE")
        }
        try await rename(draft, to: file)
    }

    /// In one step, over what is there: Foundation only moves to where nothing is.
    private func rename(_ file: URL, to place: URL) async throws {
        try await runner.run(Command("mv", ["--force", "--no-target-directory", "--", file.path, place.path]))
            .requireSuccess("renaming \(file.path)")
    }

    private func lock(_ file: URL) async throws -> FileLock {
        try await Wait(
            for: "the lock on the stored certificate", limit: patience,
            hint: "another run is getting the same certificate; see \(file.path)"
        ).until {
            guard let lock = try FileLock(file) else { return .notYet("held by another process") }
            return .done(lock)
        }
    }

    private func requirePrivate(_ place: URL, mode: Int) throws {
        let facts = try? FileManager.default.attributesOfItem(atPath: place.path)
        let found = (facts?[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
        guard found & 0o077 == 0, facts?[.ownerAccountName] as? String == NSUserName() else {
            throw trouble(
                place, why: "can be read by others (mode \(String(found, radix: 8))), but holds a private key",
                fix: "chown it to yourself, chmod \(String(mode, radix: 8)), and consider revoking the certificate")
        }
    }

    private func trouble(_ place: URL, why: String, fix: String) -> HarnessTrouble {
        HarnessTrouble("certificate store \(place.path)", why: why, fix: fix)
    }

    static func fileName(_ names: [String], _ directory: String) -> String {
        ([directory] + names).joined(separator: "_").replacing(/[^A-Za-z0-9.-]+/) { _ in "_" } + ".json"
    }
}
