import Foundation

/// Reads files out of a disk image without the guest that it belongs to: `qemu-img`, `sfdisk` and `debugfs`.
///
/// Nothing is mounted, so it works without root, without KVM and without kernel support. Works on a copy, in which the
/// file system's journal is replayed: what a guest wrote last may only be there.
public struct OfflineDisk: Sendable {
    private let runner: any CommandRunner
    private let copy: URL
    private let device: String
    /// A guest that was stopped in its work has metadata whose checksums do not fit yet; debugfs(8) would open none of it.
    private static let options = ["-n"]

    /// A file of a folder.
    struct Entry: Equatable {
        let inode: Int
        let name: String
        let isFolder: Bool
        let size: Int
    }

    /// Copies the image with everything that it lies over; blocks that were never written take no room.
    ///
    /// - Parameters:
    ///   - image: may be in use; the caller sees to it that nobody writes meanwhile.
    ///   - scratch: folder for the copy, which is the caller's to remove.
    public init(_ image: URL, scratch: URL, runner: any CommandRunner, limit: Duration) async throws {
        self.runner = runner
        copy = scratch.appending(path: "\(image.deletingPathExtension().lastPathComponent).raw")
        let deadline = Deadline(after: limit)
        try await runner.run(
            Command("qemu-img", ["convert", "--force-share", "-O", "raw", image.path, copy.path], limit: limit)
        ).requireSuccess("copying the disk \(image.lastPathComponent)")
        let table = try await runner.run(
            Command("sfdisk", ["--json", copy.path], limit: max(deadline.remaining, .seconds(1)))
        ).requireSuccess("reading the partitions of \(image.lastPathComponent)")
        device = "\(copy.path)?offset=\(try Self.offset(ofLargest: table.output))"
        // A file system that needs no replay makes it fail, and so does one that is beyond repair.
        _ = try await runner.run(
            Command(
                "debugfs", Self.options + ["-w", "-R", "journal_run", device],
                limit: max(deadline.remaining, .seconds(1))))
    }

    /// Where the largest partition begins, in bytes: the root file system of every image that this is for.
    static func offset(ofLargest table: String) throws -> Int {
        struct Table: Decodable {
            struct Partition: Decodable {
                let start: Int
                let size: Int
            }
            let sectorsize: Int?
            let partitions: [Partition]?
        }
        let found = try JSONDecoder().decode([String: Table].self, from: Data(table.utf8))["partitiontable"]
        guard let largest = found?.partitions?.max(by: { $0.size < $1.size }) else {
            throw HarnessTrouble("the disk", why: "has no partitions", fix: "nothing to do: it is not read")
        }
        // Do not trust the numbers: the machine wrote this table.
        let (offset, isTooFar) = largest.start.multipliedReportingOverflow(by: found?.sectorsize ?? 512)
        guard !isTooFar, offset >= 0 else {
            throw HarnessTrouble(
                "the disk", why: "has a partition beyond its end", fix: "nothing to do: it is not read")
        }
        return offset
    }

    /// What lies in a folder; nothing when there is none.
    func entries(of folder: String, limit: Duration) async throws -> [Entry] {
        let result = try await runner.run(
            Command("debugfs", Self.options + ["-R", "ls -p \(folder)", device], limit: limit))
        return result.output.lines.compactMap(Self.entry)
    }

    /// Reads a line such as `/12/100644/0/43/btmp/384/`: inode, mode, user, group, name, size.
    static func entry(_ line: String) -> Entry? {
        let parts = line.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 8, let inode = Int(parts[1]), inode > 0, let mode = Int(parts[2], radix: 8),
            ![".", "..", ""].contains(parts[5])
        else { return nil }
        let kind = mode & 0o170000
        guard kind == 0o040000 || kind == 0o100000 else { return nil }
        return Entry(inode: inode, name: parts[5], isFolder: kind == 0o040000, size: Int(parts[6]) ?? 0)
    }

    /// Copies files of the guest to places of ours. The guest has no say in where they go, and its links are not
    /// followed.
    ///
    /// - Parameter files: inode (`<12>`) or path in the guest → file here. What is not there is left out.
    func dump(_ files: [String: URL], limit: Duration) async throws {
        let lines = files.sorted { $0.key < $1.key }.map { "dump \($0.key) \"\($0.value.path)\"\n" }.joined()
        let commands = copy.deletingLastPathComponent().appending(path: "debugfs-commands")
        try PrivateFile.write(Data(lines.utf8), to: commands)
        _ = try await runner.run(Command("debugfs", Self.options + ["-f", commands.path, device], limit: limit))
        for file in files.values where (try? Data(contentsOf: file, options: .alwaysMapped))?.isEmpty == true {
            try? FileManager.default.removeItem(at: file)
        }
    }

    /// Copies a whole folder, links and all: only for images that we trust.
    func dumpTrusted(_ folder: String, into target: URL, limit: Duration) async throws {
        _ = try await runner.run(
            Command("debugfs", Self.options + ["-R", "rdump \(folder) \"\(target.path)\"", device], limit: limit))
    }
}
