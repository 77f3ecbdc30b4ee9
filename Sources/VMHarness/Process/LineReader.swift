import Foundation
import Glibc

/// Reads what was added to a file since the last look, in whole lines. Whoever writes the file may be hostile: what is
/// read at once, and how long a line may be, is bounded.
///
/// Follows a file that is replaced by another one of its name once it has grown large, as virtlogd does (`max_size` in
/// virtlogd.conf): the old one is read to its end, then the new one from its start.
struct LineReader {
    /// A longer line is cut: nobody reads on, and an endless one would fill the memory.
    static let longestLine = 64 << 10
    /// What is read in one look.
    private static let chunk = 4 << 20

    private let file: URL
    /// What is read; it may have another name by now.
    private var opened: OpenFile?
    private var offset = 0
    /// The beginning of a line whose end has not been written yet.
    private var rest = Data()
    /// Whether the rest of the line is thrown away.
    private var isSkipping = false
    /// Whether another file has taken the name, and can't be read by us: what is written from then on is not seen.
    private(set) var isCutOff = false

    init(file: URL) {
        self.file = file
    }

    /// How much has been read of the file.
    var position: UInt64 { UInt64(offset) }

    /// How much of it there is to read.
    var size: UInt64 { UInt64(opened?.facts?.st_size ?? FileAttributes.size(of: file)) }

    /// Passes over what is there already.
    mutating func skipToEnd() {
        opened = opened ?? OpenFile(file)
        offset = Int(opened?.facts?.st_size ?? 0)
    }

    /// What has been read of a line that has no end yet; `nil` when there is none.
    mutating func unfinishedLine() -> String? { rest.isEmpty ? nil : take() }

    /// New whole lines; with `isLast` also an unfinished one.
    mutating func newLines(isLast: Bool = false) -> [String] {
        var lines: [String] = []
        let new = read()
        var start = 0
        for index in new.indices where new[index] == 0x0A {
            add(new[start..<index])
            lines.append(take())
            start = index + 1
        }
        // Behind the last newline; all of it when there is none.
        add(new[start...])
        if isLast, !rest.isEmpty { lines.append(take()) }
        return lines
    }

    private mutating func read() -> [UInt8] {
        opened = opened ?? OpenFile(file)
        guard let opened else { return [] }
        if let facts = opened.facts, Int(facts.st_size) < offset {
            // Written anew in its place.
            offset = 0
            rest = Data()
        }
        var new = opened.bytes(from: offset, atMost: Self.chunk)
        // The old one first, to its end: nothing is added to it once it has lost its name.
        if new.isEmpty, let next = successor(of: opened) {
            self.opened = next
            offset = 0
            new = next.bytes(from: 0, atMost: Self.chunk)
        }
        offset += new.count
        return new
    }

    /// The file that has taken the name of what is read; `nil` when none has, or it can't be read.
    private mutating func successor(of opened: OpenFile) -> OpenFile? {
        var named = stat()
        guard let facts = opened.facts, stat(file.path, &named) == 0,
            (named.st_dev, named.st_ino) != (facts.st_dev, facts.st_ino)
        else { return nil }
        let next = OpenFile(file)
        isCutOff = next == nil
        return next
    }

    private mutating func add(_ part: ArraySlice<UInt8>) {
        guard !isSkipping else { return }
        let room = Self.longestLine - rest.count
        rest += part.prefix(room)
        if part.count > room {
            rest += Data(" … (cut)".utf8)
            isSkipping = true
        }
    }

    private mutating func take() -> String {
        defer {
            rest = Data()
            isSkipping = false
        }
        return String(decoding: rest, as: UTF8.self)
    }
}

/// A file that stays open, whatever becomes of its name.
private final class OpenFile: Sendable {
    private let descriptor: Int32

    init?(_ file: URL) {
        // Without waiting: a pipe may have the name.
        descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 { return nil }
    }

    /// What the kernel says about it.
    var facts: stat? {
        var facts = stat()
        return fstat(descriptor, &facts) == 0 ? facts : nil
    }

    func bytes(from offset: Int, atMost limit: Int) -> [UInt8] {
        let count = min(Int(facts?.st_size ?? 0) - offset, limit)
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, size in
            size = max(0, pread(descriptor, buffer.baseAddress, count, off_t(offset)))
        }
    }

    deinit { close(descriptor) }
}
