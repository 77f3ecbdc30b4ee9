import Foundation

/// Reads profiles. YAML is read by Ansible itself, as variables of a host, so that a profile has the same syntax and
/// the same error messages as everything else in the repository.
public struct ProfileStore: Sendable {
    let configuration: HarnessConfiguration
    let runner: any CommandRunner

    /// Reads from the folder that the configuration names.
    public init(configuration: HarnessConfiguration, runner: any CommandRunner) {
        self.configuration = configuration
        self.runner = runner
    }

    /// Names of the profiles there are.
    public func names() -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: configuration.profiles.path)) ?? []
        return files.filter { $0.hasSuffix(".yml") }.map { String($0.dropLast(4)) }.sorted()
    }

    /// Reads a profile.
    ///
    /// - Parameter scratch: folder for the files that Ansible is given to read.
    /// - Throws: ``HarnessTrouble`` naming the file, the key and the fix.
    public func profile(_ name: String, scratch: URL) async throws -> Profile {
        let file = configuration.profiles.appending(path: "\(name).yml")
        guard name.range(of: "^[a-z0-9][a-z0-9_-]*$", options: .regularExpression) != nil,
            FileManager.default.fileExists(atPath: file.path)
        else {
            throw HarnessTrouble(
                "host '\(name)'", why: "there is no profile \(file.path)",
                fix: "choose one of \(names().joined(separator: ", ")) (BOMA_IT_HOST), or add that file")
        }
        let variables = try await YAMLFile(file, runner: runner, scratch: scratch).variables()
        do {
            let data = try JSONEncoder().encode(variables)
            var profile = try JSONDecoder().decode(Profile.self, from: data)
            if let playbook = configuration.playbook { profile.playbook = playbook }
            try Self.validate(profile, file: file)
            return profile
        } catch let error as DecodingError {
            throw HarnessTrouble(
                "profile \(file.path)", why: error.forPeople, fix: "compare it with profiles/askari.yml")
        }
    }

    static func validate(_ profile: Profile, file: URL) throws {
        func refuse(_ why: String, _ fix: String) -> HarnessTrouble {
            HarnessTrouble("profile \(file.path)", why: why, fix: fix)
        }
        let size = profile.size
        guard profile.subject.range(of: "^[a-z0-9][a-z0-9-]{0,40}$", options: .regularExpression) != nil else {
            throw refuse("subject '\(profile.subject)' is no host name", "use lower-case letters, digits and dashes")
        }
        guard (1...64).contains(size.vcpus) else {
            throw refuse("machine.vcpus is \(size.vcpus)", "use 1 to 64")
        }
        guard (512...1_048_576).contains(size.memoryMiB) else {
            throw refuse("machine.memory_mib is \(size.memoryMiB)", "use 512 or more")
        }
        guard (4...2048).contains(size.diskGiB) else {
            throw refuse("machine.disk_gib is \(size.diskGiB)", "use 4 to 2048")
        }
        guard size.user.range(of: "^[a-z_][a-z0-9_-]{0,31}$", options: .regularExpression) != nil, size.user != "root"
        else { throw refuse("machine.user is '\(size.user)'", "use a plain login name other than root") }
        for service in profile.published {
            guard (1...65535).contains(service.port) else {
                throw refuse("published port is \(service.port)", "use 1 to 65535")
            }
            guard service.path.hasPrefix("/") else {
                throw refuse("published path is '\(service.path)'", "let it start with /")
            }
        }
    }
}

extension DecodingError {
    /// The key and the problem, without Swift's words around them.
    var forPeople: String {
        func path(_ context: Context) -> String {
            let keys = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
            return keys.isEmpty ? "the file" : "key \(keys.joined(separator: "."))"
        }
        switch self {
        case .keyNotFound(let key, let context): return "\(path(context)) lacks '\(key.stringValue)'"
        case .typeMismatch(let type, let context): return "\(path(context)) is not a \(type)"
        case .valueNotFound(_, let context): return "\(path(context)) is empty"
        case .dataCorrupted(let context): return "\(path(context)): \(context.debugDescription)"
        @unknown default: return "\(self)"
        }
    }
}
