import Foundation

/// The real things that the operator supplies (`BOMA_IT_IMAGES`) and that win over stand-ins: archives of container images
/// and Debian packages, in a folder, or a registry that has the images.
struct SuppliedParts {
    /// A real thing, as a file on the control host.
    enum Part: Equatable {
        /// An archive of `docker save`.
        case image(URL)
        /// A Debian package.
        case package(URL)

        var file: URL {
            switch self {
            case .image(let file), .package(let file): file
            }
        }
    }

    let configuration: HarnessConfiguration
    let runner: any CommandRunner
    /// All stand-ins of the profile: an image of none of them is a mistake.
    let standIns: [StandIn]

    /// What is supplied for stand-ins, by what these stand for.
    ///
    /// - Throws: ``HarnessTrouble`` when what was supplied is missing, broken, of another version than the profile names,
    ///   or only a part of what has to be real together.
    func parts(for wanted: [StandIn]) async throws -> [String: Part] {
        guard let place = configuration.repository.images, !wanted.isEmpty else { return [:] }
        let parts = place.isFileURL ? try await inFolder(place) : try await inRegistry(place, wanted)
        for standIn in wanted {
            for other in standIn.onlyWith ?? [] where (parts[standIn.of] == nil) != (parts[other] == nil) {
                let (real, standing) = parts[other] == nil ? (standIn.of, other) : (other, standIn.of)
                throw HarnessTrouble(
                    "BOMA_IT_IMAGES: \(place.isFileURL ? place.path : place.absoluteString)",
                    why: "supplies \(real), which does not work with the stand-in of \(standing)",
                    fix: "supply \(standing) as well (stand-ins/README.md), or neither")
            }
        }
        return parts
    }

    private func inFolder(_ place: URL) async throws -> [String: Part] {
        let archives = try await ImageArchives(place: place, runner: runner).images()
        var parts: [String: Part] = [:]
        for standIn in standIns {
            if let package = standIn.package, let file = Self.package(package, in: place) {
                parts[standIn.of] = .package(file)
            } else if let archive = archives[standIn.of] {
                parts[standIn.of] = .image(archive)
            }
        }
        let names = Set(standIns.map(\.of))
        for (name, file) in archives.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
            guard let wanted = names.first(where: { Self.repository($0) == Self.repository(name) }) else { continue }
            throw HarnessTrouble(
                "BOMA_IT_IMAGES: \(file.path)", why: "holds \(printable(name)), but the profile names \(wanted)",
                fix: "save the image of that tag, or correct stand_ins in the profile")
        }
        // What was supplied must be used: refuse what would be ignored.
        guard !parts.isEmpty else {
            let held = archives.keys.sorted().prefix(5).map { printable($0) }.joined(separator: ", ")
            throw HarnessTrouble(
                "BOMA_IT_IMAGES: \(place.path)",
                why: "has nothing that stands in for \(names.sorted().joined(separator: ", "))"
                    + (held.isEmpty ? "" : " (it holds \(held))"),
                fix: "put archives of docker save (.tar) into it, or unset it")
        }
        return parts
    }

    private func inRegistry(_ place: URL, _ wanted: [StandIn]) async throws -> [String: Part] {
        let registry = RegistryMirror(
            place, folder: configuration.cache.appending(path: "container-images"), runner: runner)
        var parts: [String: Part] = [:]
        // Only images can come from a registry.
        for standIn in wanted where standIn.package == nil && standIn.of.contains(":") {
            if let archive = try await registry.archive(of: standIn.of) { parts[standIn.of] = .image(archive) }
        }
        return parts
    }

    private static func package(_ name: String, in place: URL) -> URL? {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
        return files.filter { $0.hasPrefix("\(name)_") && $0.hasSuffix(".deb") }.max().map { place.appending(path: $0) }
    }

    /// An image's name without its tag.
    private static func repository(_ name: String) -> Substring { name.prefix { $0 != ":" } }
}
