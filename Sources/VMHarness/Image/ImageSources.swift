import Foundation

/// A finished image file that has no place in the cache yet.
struct ImageDraft {
    let file: URL
    let source: String
    let origin: String
    var publishedSHA512: String?
}

/// The ways to get a Debian 13 image.
struct ImageSources {
    let configuration: HarnessConfiguration
    let runner: any CommandRunner
    let folder: URL
    let say: @Sendable (String) -> Void

    /// The configured source; for `auto` all that can be tried.
    var inOrder: [String] {
        guard configuration.image.source == "auto" else { return [configuration.image.source] }
        return ["debian"] + (configuration.image.file == nil ? [] : ["file"]) + ["build"]
    }

    func fetch(_ source: String) async throws -> ImageDraft {
        switch source {
        case "debian": return try await download()
        case "file": return try await copy()
        default: return try await build()
        }
    }

    /// The digest that Debian publishes for the image at the configured address.
    func publishedDigest() async throws -> String {
        let url = configuration.image.url
        guard let slash = url.lastIndex(of: "/") else {
            throw ConfigurationError(variable: "BOMA_IT_IMAGE_URL", value: url, expected: "an address of a qcow2 file")
        }
        let name = String(url[url.index(after: slash)...])
        let sums = try await runner.run(
            Curl.command("\(url[..<slash])/SHA512SUMS", ["--fail", "--location", "--connect-timeout", "10"])
        ).requireSuccess(
            "asking for Debian's list of digests", hint: "check the connection to the internet, and BOMA_IT_IMAGE_URL"
        ).output
        guard let published = Self.digest(of: name, in: sums) else {
            throw ImageError(
                file: URL(filePath: name), problem: "is not in SHA512SUMS beside \(url)", fix: "check BOMA_IT_IMAGE_URL"
            )
        }
        return published
    }

    /// Debian's own image. An interrupted download goes on where it stopped; the partial file carries the expected
    /// digest in its name, so that two releases never mix.
    private func download() async throws -> ImageDraft {
        let url = configuration.image.url
        let published = try await publishedDigest()
        let name = url.split(separator: "/").last.map(String.init) ?? "image.qcow2"
        let part = folder.appending(path: "\(name)-\(published.prefix(12)).part")
        say("golden image: downloading \(url)")
        let progress = reportGrowth(of: part)
        defer { progress.cancel() }
        try await runner.run(
            Curl.command(
                url,
                [
                    "--fail", "--location", "--retry", "5", "--connect-timeout", "10", "--continue-at", "-", "--output",
                    part.path,
                ], limit: .seconds(3600))
        ).requireSuccess("downloading the image", hint: "run again; the download continues where it stopped")
        guard try await FileTools(runner: runner).sha512(of: part) == published else {
            try FileManager.default.removeItem(at: part)
            throw ImageError(file: part, problem: "does not have Debian's digest and was removed", fix: "run again")
        }
        return ImageDraft(file: part, source: "debian", origin: url, publishedSHA512: published)
    }

    /// Says every ten seconds how much is there.
    private func reportGrowth(of file: URL) -> Task<Void, any Error> {
        Task { [say] in
            while true {
                try await pause(for: .seconds(10))
                say("golden image: \(FileAttributes.size(of: file) >> 20) MiB so far")
            }
        }
    }

    /// The digest of a file in the text of a `SHA512SUMS`.
    static func digest(of name: String, in sums: String) -> String? {
        for line in sums.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count == 2, words[1].drop(while: { $0 == "*" }) == name, words[0].count == 128 else { continue }
            return String(words[0])
        }
        return nil
    }

    static let fixForOwnImage = "set BOMA_IT_IMAGE_FILE to a self-contained qcow2 image of Debian 13"

    private func copy() async throws -> ImageDraft {
        guard let file = configuration.image.file else {
            throw HarnessTrouble(
                "image source 'file'", why: "BOMA_IT_IMAGE_FILE is not set",
                fix: "set it to the path of a Debian 13 cloud image (qcow2)")
        }
        guard FileManager.default.isReadableFile(atPath: file.path) else {
            throw ImageError(file: file, problem: "can't be read", fix: "check BOMA_IT_IMAGE_FILE")
        }
        // Reading a pipe would wait for ever, and a folder would be copied whole.
        guard FileAttributes.isRegular(file) else {
            throw ImageError(file: file, problem: "is not a regular file", fix: "check BOMA_IT_IMAGE_FILE")
        }
        // Check before copying: a wrong path may name terabytes.
        do {
            try await DiskTools(runner: runner).inspect(file)
        } catch let error as ImageError {
            throw ImageError(file: file, problem: error.problem, fix: Self.fixForOwnImage)
        }
        let draft = folder.appending(path: "copy-\(UUID().uuidString).part")
        try FileManager.default.copyItem(at: file.resolvingSymlinksInPath(), to: draft)
        return ImageDraft(file: draft, source: "file", origin: file.path)
    }

    /// Tells versions of the program that builds images apart: FNV-1a of its text. Nobody forges it, so that is enough.
    static let recipe: String = {
        let hash = PackageResources.build_debian_image_sh.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return String(hash, radix: 16)
    }()

    /// Built with Debian's tools from the mirror that this machine uses itself.
    private func build() async throws -> ImageDraft {
        let mirror = try await mirror()
        say("golden image: building Debian 13 from \(mirror) (about a minute)")
        let work = folder.appending(path: "build-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        let draft = folder.appending(path: "build-\(UUID().uuidString).part")
        let script = String(decoding: PackageResources.build_debian_image_sh, as: UTF8.self)
        let result: Result<CommandResult, any Error>
        do {
            result = .success(
                try await runner.run(
                    Command(
                        "sh", ["-s", "trixie", mirror, work.path, draft.path], input: script, limit: .seconds(1800),
                        isShownLive: true)))
        } catch {
            result = .failure(error)
        }
        // A cancelled build has to be cleaned up, too.
        await Task { [runner] in
            await Interruption.$isUndoing.withValue(true) { await Self.removeBuild(work, runner: runner) }
        }.value
        try result.get().requireSuccess(
            "building the image",
            hint: "the mirror must carry Debian 13 (trixie); set BOMA_IT_DEBIAN_MIRROR to one that does")
        return ImageDraft(file: draft, source: "build", origin: mirror)
    }

    /// Removes the folder of a build. When that was broken off and we are not root, the tree in it belongs to a subordinate
    /// user of ours, which only mmdebstrap's helper can act as.
    static func removeBuild(_ folder: URL, runner: any CommandRunner) async {
        if (try? FileManager.default.removeItem(at: folder)) != nil { return }
        guard FilePresence(of: folder) != .missing else { return }
        let tree = folder.appending(path: "tree").path
        _ = try? await runner.run(
            Command(
                "mmdebstrap", ["--unshare-helper", "rm", "-rf", "--one-file-system", "--", tree], limit: .seconds(120)))
        try? FileManager.default.removeItem(at: folder)
    }

    private func mirror() async throws -> String {
        if let mirror = configuration.image.mirror { return mirror }
        let result = try await runner.run(
            Command("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"])
        ).requireSuccess("asking apt for the control host's Debian mirror")
        guard let mirror = result.output.lines.first else {
            throw HarnessTrouble(
                "image source 'build'", why: "apt on this control host knows no Debian mirror",
                fix: "set BOMA_IT_DEBIAN_MIRROR to one")
        }
        return mirror
    }
}
