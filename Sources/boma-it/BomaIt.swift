import Foundation
import VMHarness

/// The command line: a thin layer over the library.
@main
struct BomaIt {
    static let usage = """
        boma-it: proves on a real virtual machine, with a real reboot, that a host survives its playbook.

        usage: boma-it COMMAND

          doctor      say what this machine lacks, and how to get it
          golden      make sure that the golden image is in the cache and sound
          status      list machines that are running or kept, with how to enter them
          ssh [NAME]  log in to a machine (the newest one without NAME)
          clean       remove all machines, kept ones included, and the test network
          help        this text

        The acceptance tests are run with: make test-integration
        Settings are environment variables that start with BOMA_IT_; see README.md.
        exit status: 0 done; 1 it could not be done; 2 wrong usage
        """

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            try await run(arguments)
        } catch let error as UsageError {
            complain("\(error)\n\n\(usage)")
            exit(2)
        } catch {
            complain("\(error)")
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) async throws {
        guard let name = arguments.first else { throw UsageError(problem: "which command?") }
        let rest = Array(arguments.dropFirst())
        if ["help", "--help", "-h"].contains(name) || rest.contains("--help") {
            print(usage)
            return
        }
        guard rest.count <= (name == "ssh" ? 1 : 0) else {
            throw UsageError(problem: "\(name) takes no '\(rest.last ?? "")'")
        }
        let commands = try Commands(root: packageRoot())
        switch name {
        case "doctor": try await commands.doctor()
        case "golden": try await commands.golden()
        case "status": commands.status()
        case "ssh": try commands.ssh(rest.first)
        case "clean": try await commands.clean()
        default: throw UsageError(problem: "there is no command '\(name)'")
        }
    }

    /// The nearest folder from here upwards that has profiles; the current one when there is none.
    private static func packageRoot() -> URL {
        let here = URL(filePath: FileManager.default.currentDirectoryPath)
        var folder = here
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.appending(path: "profiles").path) { return folder }
            folder = folder.deletingLastPathComponent()
        }
        return here
    }

    private static func complain(_ text: String) {
        FileHandle.standardError.write(Data("boma-it: \(text)\n".utf8))
    }
}

/// The command line makes no sense.
struct UsageError: Error, CustomStringConvertible {
    let problem: String
    var description: String { problem }
}
