/// One thing that a run needs of the control host, and how it is.
public struct Finding: Codable, Sendable, Equatable {
    /// How it is.
    public enum State: String, Codable, Sendable {
        /// As it has to be.
        case ok
        /// A run goes without it, slower or later.
        case warning
        /// No run goes without it.
        case missing
    }

    /// What was looked at.
    public var name: String
    /// How it is.
    public var state: State
    /// What was seen.
    public var detail: String
    /// What to do about it.
    public var fix: String?

    /// One finding.
    public init(_ name: String, _ state: State, _ detail: String, fix: String? = nil) {
        self.name = name
        self.state = state
        self.detail = detail
        self.fix = fix
    }

    /// The finding that an error amounts to.
    init(_ name: String, _ error: any Error, as state: State = .missing) {
        switch error {
        case let trouble as HarnessTrouble: self.init(name, state, trouble.why, fix: trouble.fix)
        case let image as ImageError: self.init(name, state, "\(image.file.path) \(image.problem)", fix: image.fix)
        case let command as CommandError:
            let words = command.result.errorOutput.lines.last ?? "\(command.result.ending)"
            self.init(name, state, "\(command.purpose) failed: \(printable(words))", fix: command.hint)
        default: self.init(name, state, printable("\(error)".lines.first ?? "unknown"))
        }
    }

    /// The finding that a look amounts to, whether it succeeds or throws.
    static func looking(_ name: String, _ look: () async throws -> String) async -> Finding {
        do {
            return Finding(name, .ok, try await look())
        } catch {
            return Finding(name, error)
        }
    }
}
