import Foundation

/// `qemu-img` and `cloud-localds`: the disks of a machine.
public struct DiskTools: Sendable {
    let runner: any CommandRunner

    /// Makes disks with the given runner.
    public init(runner: any CommandRunner) {
        self.runner = runner
    }

    /// Makes a qcow2 overlay over a backing image.
    public func createOverlay(_ file: URL, over backing: URL, gibibytes: Int) async throws {
        try await runner.run(
            Command(
                "qemu-img",
                ["create", "-q", "-f", "qcow2", "-b", backing.path, "-F", "qcow2", file.path, "\(gibibytes)G"])
        ).requireSuccess("making the overlay")
    }

    /// Checks that a file is a sound qcow2 image.
    ///
    /// - Parameter mayHaveBacking: whether it may lie over another image.
    public func check(_ image: URL, mayHaveBacking: Bool = false) async throws {
        let hint = "remove \(image.path) and run again: the image is fetched or built anew"
        let info = try await runner.run(Command("qemu-img", ["info", "--output=json", image.path]))
            .requireSuccess("reading the image \(image.lastPathComponent)", hint: hint)
        let facts = try JSONDecoder().decode(ImageFacts.self, from: Data(info.output.utf8))
        guard facts.format == "qcow2", mayHaveBacking || facts.backing == nil else {
            throw ImageError(file: image, problem: "is \(facts.format), not a self-contained qcow2 image", fix: hint)
        }
        try await runner.run(Command("qemu-img", ["check", "-q", image.path], limit: .seconds(300)))
            .requireSuccess("checking the image \(image.lastPathComponent)", hint: hint)
    }

    /// Makes a cloud-init NoCloud seed.
    public func createSeed(_ file: URL, userData: URL, metaData: URL) async throws {
        try await runner.run(Command("cloud-localds", [file.path, userData.path, metaData.path]))
            .requireSuccess("making the cloud-init seed")
    }

    private struct ImageFacts: Decodable {
        let format: String
        let backing: String?

        enum CodingKeys: String, CodingKey {
            case format
            case backing = "backing-filename"
        }
    }
}

/// An image can't be used.
public struct ImageError: Error, CustomStringConvertible, Sendable {
    /// The image.
    public let file: URL
    /// What is wrong with it.
    public let problem: String
    /// What to do.
    public let fix: String

    /// One line: the file, the problem and the fix.
    public var description: String { "image \(file.path) \(problem); fix: \(fix)" }
}
