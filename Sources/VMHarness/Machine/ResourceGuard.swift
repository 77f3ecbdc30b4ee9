import Foundation

/// Refuses to start a machine that the host has no room for.
public struct ResourceGuard: Sendable {
    let virsh: Virsh
    let configuration: HarnessConfiguration

    /// Guards the host that the configuration is about.
    public init(virsh: Virsh, configuration: HarnessConfiguration) {
        self.virsh = virsh
        self.configuration = configuration
    }

    /// Checks memory and disk for a machine of this size.
    ///
    /// - Throws: ``HarnessTrouble`` naming the figures and the setting.
    public func check(_ size: Profile.Size) async throws {
        try await checkMemory(for: size)
        try checkDisk()
    }

    /// Checks memory for a machine of this size.
    ///
    /// - Returns: MiB that are free and promised to nobody.
    @discardableResult
    public func checkMemory(for size: Profile.Size) async throws -> Int {
        let info = try String(contentsOfFile: "/proc/meminfo", encoding: .utf8)
        let stats = try await virsh.run(["domstats", "--balloon", "--list-running"])
            .requireSuccess("asking libvirt for the memory of running domains").output
        let available = Self.availableMiB(meminfo: info) - Self.promisedMiB(domstats: stats)
        let needed = size.memoryMiB + configuration.memoryReserveMiB
        guard available >= needed else {
            throw HarnessTrouble(
                "memory",
                why:
                    "\(available) MiB free, \(needed) MiB needed (\(size.memoryMiB) for the machine, the rest in reserve)",
                fix: "end kept machines (make test-integration-clean), or lower BOMA_IT_RAM_RESERVE_MIB")
        }
        return available
    }

    /// Checks the disk that the cache is on.
    ///
    /// - Returns: MiB that are free.
    @discardableResult
    public func checkDisk() throws -> Int {
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: configuration.cache.path)
        let free = ((attributes[.systemFreeSize] as? NSNumber)?.intValue ?? 0) >> 20
        guard free >= configuration.diskReserveMiB else {
            throw HarnessTrouble(
                "disk",
                why: "\(free) MiB free in \(configuration.cache.path), \(configuration.diskReserveMiB) MiB needed",
                fix: "free some, set BOMA_IT_CACHE to another disk, or lower BOMA_IT_DISK_RESERVE_MIB")
        }
        return free
    }

    /// Memory that the kernel could hand out now.
    static func availableMiB(meminfo: String) -> Int {
        let line = meminfo.lines.first { $0.hasPrefix("MemAvailable:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) >> 10
    }

    /// Memory that running domains may still touch.
    static func promisedMiB(domstats: String) -> Int {
        var promised = 0
        var current = 0
        for line in domstats.lines {
            let parts = line.split(separator: "=")
            guard parts.count == 2, let value = Int(parts[1]) else { continue }
            if parts[0] == "balloon.current" { current = value }
            if parts[0] == "balloon.rss" { promised += max(0, current - value) }
        }
        return promised >> 10
    }
}
