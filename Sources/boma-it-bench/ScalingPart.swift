import Foundation
import VMHarness

/// The command line among 1, 10 and 100 kept runs, machines and layers, none of them real.
struct ScalingPart {
    let bench: Bench
    static let counts = [1, 10, 100]
    static let repetitions = 5

    func measure() async throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "boma-it-bench-\(UUID().uuidString)")
        let undo = Interruption.shared.add { try? FileManager.default.removeItem(at: root) }
        defer {
            try? FileManager.default.removeItem(at: root)
            Interruption.shared.remove(undo)
        }
        let program = try BuildFolder.url().appending(path: "boma-it").path
        for count in Self.counts { try Self.fill(root.appending(path: "\(count)"), with: count) }
        let runner = try SystemCommandRunner(
            logs: root.appending(path: "logs"), environment: bench.settings.environment)
        let path = bench.settings.environment["PATH"] ?? ""
        let tools = try Self.timedVirsh(in: root)
        for _ in 1...Self.repetitions {
            for count in Self.counts {
                let place = root.appending(path: "\(count)")
                let status = Command(
                    program, ["status"],
                    environment: [
                        "PATH": "\(tools.path):\(path)",
                        "BOMA_IT_CACHE": place.appending(path: "cache").path,
                        "BOMA_IT_RUNS": place.appending(path: "runs").path,
                    ])
                let calls = tools.appending(path: "calls")
                try? FileManager.default.removeItem(at: calls)
                let start = Date().timeIntervalSince1970
                let result = try await runner.run(status).requireSuccess("boma-it status")
                let listed = result.output.split(separator: "\n").filter { $0.hasPrefix("boma-it-askari-") }.count
                guard listed == count else {
                    throw HarnessTrouble(
                        "boma-it status", why: "lists \(listed) machines instead of \(count)",
                        fix: "this is a bug of the benchmark")
                }
                guard
                    let first = try String(contentsOf: calls, encoding: .utf8).split(separator: "\n").first
                        .flatMap({ Double($0) })
                else {
                    throw HarnessTrouble(
                        "boma-it status", why: "did not ask libvirt", fix: "this is a bug of the benchmark")
                }
                bench.add(.seconds(first - start), to: "first_libvirt_call_among_\(count)")
                bench.add(result.duration, to: "status_among_\(count)")
            }
        }
    }

    /// A folder with a `virsh` that writes down when it was called, and goes on as the real one.
    private static func timedVirsh(in root: URL) throws -> URL {
        let folder = root.appending(path: "tools")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let program = folder.appending(path: "virsh")
        let text = """
            #!/bin/bash
            echo "$EPOCHREALTIME" >>'\(folder.path)/calls'
            PATH=${PATH#*:} exec virsh "$@"
            """
        try Data(text.utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program.path)
        return folder
    }

    /// Makes that many kept machines with their run directories, and layers.
    static func fill(_ place: URL, with count: Int) throws {
        let now = Date().ISO8601Format()
        func write(_ value: [String: JSONValue], _ path: String) throws {
            let file = place.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(JSONValue.object(value).json.utf8).write(to: file)
        }
        for number in 1...count {
            let name = "boma-it-askari-\(number)"
            let run = "\(now)-askari-\(number)"
            try write(
                [
                    "name": .string(name), "run": .string(run), "subject": .string("askari"),
                    "owner": .object(["pid": .integer(0), "start": .string(""), "hostBoot": .string("")]),
                    "created": .string(now), "address": .string("192.0.2.1"), "mac": .string("52:54:00:00:00:01"),
                    "backing": .string("/nowhere"), "evidence": .string(place.appending(path: "runs/\(run)").path),
                    "keptBecause": .string("benchmark"),
                ], "cache/machines/\(name)/machine.json")
            let layer: [String: JSONValue] = [
                "key": .string("\(number)"), "subject": .string("askari"), "stage": .string("packages"),
                "inputs": .object([:]), "files": .object([:]), "created": .string(now), "lastUsed": .string(now),
            ]
            try write(layer, "cache/layers/\(number)/layer.json")
            for log in ["events.log", "start/commands/commands.jsonl", "test/console.log"] {
                try write([:], "runs/\(run)/\(log)")
            }
        }
    }
}
