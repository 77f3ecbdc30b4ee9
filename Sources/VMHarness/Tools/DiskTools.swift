import Foundation

/// `qemu-img` and `cloud-localds`: the disks of a machine.
public struct DiskTools: Sendable {
    let runner: any CommandRunner

    /// Makes disks with the given runner.
    public init(runner: any CommandRunner) {
        self.runner = runner
    }

    /// Makes a qcow2 overlay over a backing image.
    ///
    /// - Throws: ``ImageError`` when the image is larger than the overlay, which would cut off its end.
    public func createOverlay(_ file: URL, over backing: URL, gibibytes: Int) async throws {
        if let size = QcowHeader.virtualSize(of: backing), size > UInt64(gibibytes) << 30 {
            throw ImageError(
                file: backing, problem: "is a disk of \(size >> 30) GiB, larger than the machine's \(gibibytes) GiB",
                fix: "set machine.disk_gib of the profile to \((size >> 30) + 1) or more")
        }
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
        try await inspect(image, mayHaveBacking: mayHaveBacking)
        try await runner.run(
            Command("qemu-img", ["check", "-q", "-f", "qcow2", image.path], limit: .seconds(300))
        ).requireSuccess("checking the image \(image.lastPathComponent)", hint: Self.hint(image))
    }

    private static func hint(_ image: URL) -> String {
        "remove \(image.path) and run again: the image is fetched or built anew"
    }

    /// Checks what the header of a file says, without reading the rest: that it is a qcow2 image of its own.
    func inspect(_ image: URL, mayHaveBacking: Bool = false) async throws {
        let hint = Self.hint(image)
        // The format is named, never guessed: a guess would open whatever other files a foreign format refers to.
        let info = try await runner.run(Command("qemu-img", ["info", "-f", "qcow2", "--output=json", image.path]))
        guard info.succeeded, let facts = try? JSONDecoder().decode(ImageFacts.self, from: Data(info.output.utf8))
        else {
            let words = printable(info.errorOutput.lines.last ?? "qemu-img can't read it")
            throw ImageError(file: image, problem: "is not a qcow2 image (\(words))", fix: hint)
        }
        // Either would let the machine read files of the control host.
        guard mayHaveBacking || facts.backing == nil, facts.specific?.data?.file == nil else {
            throw ImageError(file: image, problem: "refers to another file, so it is not self-contained", fix: hint)
        }
        guard facts.encrypted != true else { throw ImageError(file: image, problem: "is encrypted", fix: hint) }
    }

    /// Makes a cloud-init NoCloud seed.
    public func createSeed(_ file: URL, userData: URL, metaData: URL) async throws {
        try await runner.run(Command("cloud-localds", [file.path, userData.path, metaData.path]))
            .requireSuccess("making the cloud-init seed")
    }

    private struct ImageFacts: Decodable {
        let backing: String?
        let encrypted: Bool?
        let specific: Specific?

        struct Specific: Decodable {
            let data: Details?
        }

        struct Details: Decodable {
            let file: String?

            enum CodingKeys: String, CodingKey {
                case file = "data-file"
            }
        }

        enum CodingKeys: String, CodingKey {
            case backing = "backing-filename"
            case encrypted
            case specific = "format-specific"
        }
    }
}

/// An image can't be used.
public struct ImageError: BlamedError, CustomStringConvertible, Sendable {
    /// The image.
    public let file: URL
    /// What is wrong with it.
    public let problem: String
    /// What to do.
    public let fix: String

    /// Ours.
    public var blame: Blame { .harness }
    /// The file and the problem.
    public var headline: String { "image \(file.path) \(problem)" }
    /// What to do.
    public var remedy: String? { fix }
    /// About images.
    public var runbook: Runbook? { .imageProblems }

    /// One line: the file, the problem and the fix.
    public var description: String { "image \(file.path) \(problem); fix: \(fix)" }
}
