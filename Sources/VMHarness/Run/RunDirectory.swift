import Foundation

/// The folder of one run below `~/integration-runs`, with a folder for each test in it.
public struct RunDirectory: Sendable {
    /// Id of the run: `<utc timestamp>-<subject>`.
    public let id: String
    /// The folder.
    public let url: URL

    /// Makes the folder of a new run; a number is added when two runs start within one second.
    public init(in runs: URL, subject: String, now: Date = Date()) throws {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withYear, .withMonth, .withDay, .withTime, .withTimeZone]
        let base = "\(formatter.string(from: now))-\(subject)"
        do {
            try FileManager.default.createDirectory(at: runs, withIntermediateDirectories: true)
            for number in 1... {
                let name = number == 1 ? base : "\(base)-\(number)"
                let folder = runs.appending(path: name)
                guard !FileManager.default.fileExists(atPath: folder.path) else { continue }
                try FileManager.default.createDirectory(
                    at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
                id = name
                url = folder
                return
            }
        } catch {
            throw HarnessTrouble(
                "run directory in \(runs.path)", why: FileTools.words(for: error),
                fix: "set BOMA_IT_RUNS to a folder of yours")
        }
        preconditionFailure("the numbers ran out")
    }

    /// A folder that nothing has been written to yet: of a test that uses several machines, each has one of its own.
    public func newFolder(for test: String) throws -> URL {
        var name = test
        var number = 1
        while FileManager.default.fileExists(atPath: url.appending(path: name).path) {
            number += 1
            name = "\(test)-\(number)"
        }
        return try folder(for: name)
    }

    /// The folders in it, by name.
    public var folders: [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.sorted().map { url.appending(path: $0) }
            .filter { FileAttributes(of: $0, followingLinks: false)?.isFolder == true }
    }

    /// Folder of one test, made when missing.
    public func folder(for test: String) throws -> URL {
        let folder = url.appending(path: test)
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return folder
    }
}
