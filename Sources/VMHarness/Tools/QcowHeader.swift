import Foundation

/// The first bytes of a qcow2 file, read without a tool: `qemu-img` refuses a file that a running machine has locked.
enum QcowHeader {
    /// Size of the disk in bytes; `nil` when a file is no qcow2 file.
    static func virtualSize(of file: URL) -> UInt64? {
        guard let handle = try? FileHandle(forReadingFrom: file) else { return nil }
        defer { try? handle.close() }
        guard let header = try? handle.read(upToCount: 32), header.count == 32,
            header.prefix(4) == Data([0x51, 0x46, 0x49, 0xFB])
        else { return nil }
        return header[24..<32].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Path of the image that a file lies over; `nil` when it lies over none, or is no qcow2 file.
    static func backing(of file: URL) -> String? {
        guard let handle = try? FileHandle(forReadingFrom: file) else { return nil }
        defer { try? handle.close() }
        guard let header = try? handle.read(upToCount: 20), header.count == 20,
            header.prefix(4) == Data([0x51, 0x46, 0x49, 0xFB])
        else { return nil }
        func number(_ range: Range<Int>) -> UInt64 { header[range].reduce(0) { $0 << 8 | UInt64($1) } }
        let offset = number(8..<16)
        let size = number(16..<20)
        // The format allows no longer name.
        guard offset > 0, (1...1023).contains(size), (try? handle.seek(toOffset: offset)) != nil,
            let name = try? handle.read(upToCount: Int(size)), name.count == Int(size)
        else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    /// The image at the bottom of what a file lies over.
    static func root(of file: URL) -> URL {
        var root = file
        // Our chains have four files: stop at a loop in a damaged one.
        for _ in 0..<16 {
            guard let below = backing(of: root) else { break }
            root = URL(filePath: below)
        }
        return root
    }
}
