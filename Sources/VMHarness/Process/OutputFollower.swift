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
