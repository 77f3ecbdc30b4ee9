import Foundation

/// Where this program lies, with everything that was built together with it.
enum BuildFolder {
    static func url() throws -> URL {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: program).deletingLastPathComponent()
    }
}
