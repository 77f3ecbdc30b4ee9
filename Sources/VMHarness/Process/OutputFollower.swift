import Foundation

/// Shows the lines of files while another process writes them.
final class OutputFollower: Sendable {
    private let task: Task<Void, Never>

    init(files: [URL], show: @escaping @Sendable (String) -> Void) {
        task = Task {
            var readers = files.map(LineReader.init)
            while true {
                // Looked at before reading: what was written until the end of the process is still shown.
                let isLast = Task.isCancelled
                for index in readers.indices { readers[index].newLines(isLast: isLast).forEach(show) }
                if isLast { return }
                try? await pause(for: .milliseconds(200))
            }
        }
    }

    /// Shows what is left and returns.
    func finish() async {
        task.cancel()
        await task.value
    }
}

/// Reads what was added to a file since the last look, in whole lines.
struct LineReader {
    private let file: URL
    private var offset: UInt64 = 0
    private var rest = Data()

    init(file: URL) {
        self.file = file
    }

    /// Passes over what is there already.
    mutating func skipToEnd() {
        guard let handle = try? FileHandle(forReadingFrom: file) else { return }
        defer { try? handle.close() }
        offset = (try? handle.seekToEnd()) ?? 0
    }

    /// New whole lines; with `isLast` also an unfinished one.
    mutating func newLines(isLast: Bool = false) -> [String] {
        if let handle = try? FileHandle(forReadingFrom: file) {
            defer { try? handle.close() }
            try? handle.seek(toOffset: offset)
            // Bounded: a guest may write faster than anybody can read.
            let new = (try? handle.read(upToCount: 4 << 20)) ?? Data()
            offset += UInt64(new.count)
            rest += new
        }
        var lines: [String] = []
        while let end = rest.firstIndex(of: 0x0A) {
            lines.append(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
            rest = Data(rest[rest.index(after: end)...])
        }
        if isLast, !rest.isEmpty {
            lines.append(String(decoding: rest, as: UTF8.self))
            rest = Data()
        }
        return lines
    }
}
