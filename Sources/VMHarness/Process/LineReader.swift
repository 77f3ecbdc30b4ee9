import Foundation

/// Reads what was added to a file since the last look, in whole lines. Whoever writes the file may be hostile: what is
/// read at once, and how long a line may be, is bounded.
struct LineReader {
    /// A longer line is cut: nobody reads on, and an endless one would fill the memory.
    static let longestLine = 64 << 10
    /// What is read in one look.
    private static let chunk = 4 << 20

    private let file: URL
    private var offset: UInt64 = 0
    /// The beginning of a line whose end has not been written yet.
    private var rest = Data()
    /// Whether the rest of the line is thrown away.
    private var isSkipping = false

    init(file: URL) {
        self.file = file
    }

    /// How much has been read.
    var position: UInt64 { offset }

    /// How much there is to read.
    var size: UInt64 { UInt64(FileAttributes.size(of: file)) }

    /// Passes over what is there already.
    mutating func skipToEnd() {
        guard let handle = try? FileHandle(forReadingFrom: file) else { return }
        defer { try? handle.close() }
        offset = (try? handle.seekToEnd()) ?? 0
    }

    /// What has been read of a line that has no end yet; `nil` when there is none.
    mutating func unfinishedLine() -> String? { rest.isEmpty ? nil : take() }

    /// New whole lines; with `isLast` also an unfinished one.
    mutating func newLines(isLast: Bool = false) -> [String] {
        var lines: [String] = []
        let new = Array(read())
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

    private mutating func read() -> Data {
        guard let handle = try? FileHandle(forReadingFrom: file) else { return Data() }
        defer { try? handle.close() }
        let size = (try? handle.seekToEnd()) ?? 0
        // virtlogd starts a new file when one has grown large (max_size in virtlogd.conf).
        if size < offset {
            offset = 0
            rest = Data()
        }
        guard (try? handle.seek(toOffset: offset)) != nil else { return Data() }
        let new = (try? handle.read(upToCount: Self.chunk)) ?? Data()
        offset += UInt64(new.count)
        return new
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
