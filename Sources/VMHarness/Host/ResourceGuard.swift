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
        try await checkDisk()
    }

    /// Checks memory for a machine of this size.
    ///
    /// - Returns: MiB that are free and promised to nobody.
    @discardableResult
    public func checkMemory(for size: Profile.Size) async throws -> Int {
        let info = try String(contentsOfFile: "/proc/meminfo", encoding: .utf8)
        let promised = try await claims().reduce(0) { $0 + $1.memoryMiB }
        return try checkMemory(for: size, meminfo: info, promisedMiB: promised)
    }

    /// The same with figures that somebody has read.
    func checkMemory(for size: Profile.Size, meminfo: String, promisedMiB: Int) throws -> Int {
        let free = Self.availableMiB(meminfo: meminfo)
        let needed = size.memoryMiB + configuration.host.memoryReserveMiB
        guard free - promisedMiB >= needed else {
            let promise =
                promisedMiB == 0 ? "" : " and not promised to running virtual machines (\(promisedMiB) MiB are)"
            throw HarnessTrouble(
                "memory",
                why:
                    "\(max(0, free - promisedMiB)) MiB free\(promise), \(needed) MiB needed (\(size.memoryMiB) for the machine, the rest in reserve)",
                fix: "remove kept machines (boma-it clean), or lower BOMA_IT_RAM_RESERVE_MIB")
        }
        return free - promisedMiB
    }

    /// Checks the disk that the cache is on.
    ///
    /// Overlays are thin: those of running domains will grow. Each may still take what a run is granted
    /// (`BOMA_IT_DISK_RESERVE_MIB`) or its virtual size, whichever is less, minus what it has taken.
    /// - Parameter asksLibvirt: `false` where it is known not to answer; nothing counts as promised then.
    /// - Returns: MiB that are free and promised to nobody.
    @discardableResult
    public func checkDisk(asksLibvirt: Bool = true) async throws -> Int {
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: configuration.cache.path)
        let free = ((attributes[.systemFreeSize] as? NSNumber)?.intValue ?? 0) >> 20
        let own =
            try? FileManager.default.attributesOfItem(atPath: configuration.cache.path)[.systemNumber] as? NSNumber
        let claims = asksLibvirt ? try await claims() : []
        let promised = claims.flatMap(\.disks).filter { disk in
            // Count a disk whose place can't be found out: it may be on the same file system.
            let device = try? FileManager.default.attributesOfItem(atPath: disk.path)[.systemNumber] as? NSNumber
            return own == nil || device == nil || device == own
        }.reduce(0) { $0 + $1.growthMiB(upTo: configuration.host.diskReserveMiB) }
        return try checkDisk(freeMiB: free, promisedMiB: promised)
    }

    /// The same with figures that somebody has read.
    func checkDisk(freeMiB free: Int, promisedMiB promised: Int) throws -> Int {
        guard free - promised >= configuration.host.diskReserveMiB else {
            let promise =
                promised == 0 ? "" : " and not promised to disks of running virtual machines (\(promised) MiB are)"
            throw HarnessTrouble(
                "disk",
                why: "\(max(0, free - promised)) MiB free in \(configuration.cache.path)\(promise), "
                    + "\(configuration.host.diskReserveMiB) MiB needed",
                fix: "free some space, set BOMA_IT_CACHE to another disk, or lower BOMA_IT_DISK_RESERVE_MIB")
        }
        return free - promised
    }

    // MARK: - What running domains may still take

    private func claims() async throws -> [DomainClaim] {
        let stats = try await virsh.run(["domstats", "--balloon", "--block", "--list-running"])
            .requireSuccess("asking libvirt what running virtual machines may still take").output
        return DomainClaim.all(domstats: stats)
    }

    /// Memory that the kernel could hand out now.
    static func availableMiB(meminfo: String) -> Int {
        let line = meminfo.lines.first { $0.hasPrefix("MemAvailable:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) >> 10
    }
}
