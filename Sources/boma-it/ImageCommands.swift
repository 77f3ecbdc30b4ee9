import Foundation
import VMHarness

/// Commands about golden images.
struct ImageCommands {
    let terminal: Terminal

    init(_ terminal: Terminal) { self.terminal = terminal }

    private func withUpkeep<Result: Sendable>(
        source: String? = nil, _ work: @escaping @Sendable (ImageUpkeep) async throws -> Result
    ) async throws -> Result {
        try await Workbench.interruptibly {
            try await Workbench.with { bench in
                var configuration = bench.configuration
                if let source { configuration.image.source = source }
                let store = GoldenImageStore(configuration: configuration, runner: bench.runner, say: Terminal.note)
                let backings = bench.removal.all().map { ($0.name, $0.backing) }
                return try await work(ImageUpkeep(store, machines: Dictionary(backings) { first, _ in first }))
            }
        }
    }

    func list(_ invocation: Invocation) async throws -> ExitStatus {
        let images = try await withUpkeep { try $0.list() }
        if invocation.has("json") {
            try terminal.answer(json: images)
            return .done
        }
        if images.isEmpty { Terminal.note("no images: boma-it golden pull, or boma-it golden build") }
        for image in images {
            try terminal.answer("\(image.isNext ? "*" : " ") \(image.file)")
            try terminal.answer("    \(image.source) (\(image.origin)), \(image.bytes >> 20) MiB")
            try terminal.answer("    created \(image.created.ISO8601Format()), SHA-256 \(image.sha256.prefix(16))…")
            if !image.usedBy.isEmpty { try terminal.answer("    used by \(image.usedBy.joined(separator: ", "))") }
        }
        return .done
    }

    func renew(from source: String) async throws -> ExitStatus {
        let image = try await withUpkeep(source: source) { try await $0.renew() }
        try terminal.answer(image.file.path)
        return .done
    }

    func verify(_ invocation: Invocation) async throws -> ExitStatus {
        let results = try await withUpkeep { try await $0.verify() }
        if results.isEmpty { Terminal.note("no images") }
        for result in results {
            let state = result.problem.map { terminal.coloured($0, .red) } ?? terminal.coloured("ok", .green)
            try terminal.answer("\(result.file): \(state)")
        }
        return results.contains { $0.problem != nil } ? .trouble : .done
    }

    func prune(_ invocation: Invocation) async throws -> ExitStatus {
        let isDry = invocation.has("dry-run")
        let gone = try await withUpkeep { try await $0.prune(isDry: isDry) }
        if gone.isEmpty { Terminal.note("nothing to remove") }
        for file in gone { try terminal.answer("\(isDry ? "would remove" : "removed"): \(file)") }
        return .done
    }
}
