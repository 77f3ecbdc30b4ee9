import Foundation
import VMHarness

/// Where the numbers were taken.
enum HostEnvironment {
    /// What every machine can say.
    static func facts(_ bench: Bench) async throws -> [String: JSONValue] {
        let runner = try SystemCommandRunner(
            logs: FileManager.default.temporaryDirectory.appending(path: "boma-it-bench-\(UUID().uuidString)"),
            environment: bench.configuration.toolEnvironment)
        defer { runner.removeLogs() }
        func first(_ tool: String, _ arguments: [String]) async -> String {
            let result = try? await runner.run(Command(tool, arguments))
            return result?.output.split(separator: "\n").first.map(String.init) ?? "unknown"
        }
        func field(_ name: String, in file: String) -> String {
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
            return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
                ?? "unknown"
        }
        let load = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
        return [
            "started": .string(Date().ISO8601Format()),
            "cores": .integer(ProcessInfo.processInfo.activeProcessorCount),
            "processor": .string(field("model name", in: "/proc/cpuinfo")),
            "memory": .string(field("MemTotal", in: "/proc/meminfo")),
            "load at the start": .string(load.split(separator: " ").prefix(3).joined(separator: " ")),
            "kernel": .string(await first("uname", ["-sr"])),
            "qemu": .string(await first("qemu-system-x86_64", ["--version"])),
            "libvirt": .string(await first("virsh", ["--version"])),
            "ssh": .string(
                (try? await runner.run(Command("ssh", ["-V"])))?.errorOutput.split(separator: "\n").first.map(
                    String.init) ?? "unknown"),
            "commit": .string(
                await first("git", ["-C", bench.configuration.packageRoot.path, "describe", "--always", "--dirty"])),
            "repetitions": .integer(bench.settings.repetitions),
            "parts": .string(BenchPart.allCases.filter { bench.wants($0) }.map(\.rawValue).joined(separator: ",")),
        ]
    }

    /// What only a run knows.
    static func facts(_ run: Run) -> [String: JSONValue] {
        let size = run.profile.size
        return [
            "accelerator": .string(run.accelerator.rawValue),
            "image": .string("\(run.image.file.lastPathComponent), source \(run.image.provenance.source)"),
            "guest": .string("\(size.vcpus) CPUs, \(size.memoryMiB) MiB"),
            "subject": .string(run.profile.subject),
        ]
    }
}
