import Foundation
import XCTest

@testable import VMHarness

/// A real disk with partitions and a file system, read without mounting it.
final class OfflineDiskTests: XCTestCase {
    private func disk() async throws -> (image: URL, scratch: URL, runner: SystemCommandRunner) {
        let folder = try temporaryFolder()
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"])
        let script = """
            set -e
            cd \(shellQuoted(folder.path))
            mkdir -p tree/etc tree/var/log/journal/abc
            echo 'UUID=nowhere /data ext4 defaults 0 2' > tree/etc/fstab
            echo evidence > tree/var/log/journal/abc/system.journal
            ln -s /etc/passwd tree/etc/link
            truncate -s 40M root.img && mkfs.ext4 -q -F -d tree root.img
            truncate -s 64M disk.raw
            printf 'label: gpt\\nstart=2048,size=2048\\nstart=8192,size=81920\\n' | sfdisk -q disk.raw
            dd if=root.img of=disk.raw bs=512 seek=8192 conv=notrunc,sparse status=none
            qemu-img convert -O qcow2 disk.raw disk.qcow2
            """
        try await runner.run(Command("bash", ["-c", script])).requireSuccess("making a disk")
        let scratch = folder.appending(path: "scratch")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        return (folder.appending(path: "disk.qcow2"), scratch, runner)
    }

    func testFilesAreReadAndLinksAreNotFollowed() async throws {
        let (image, scratch, runner) = try await disk()
        let disk = try await OfflineDisk(image, scratch: scratch, runner: runner, limit: .seconds(30))
        let folders = try await disk.entries(of: "/var/log/journal", limit: .seconds(10))
        XCTAssertEqual(folders.map(\.name), ["abc"])
        let files = try await disk.entries(of: "/var/log/journal/abc", limit: .seconds(10))
        XCTAssertEqual(files.map(\.name), ["system.journal"])
        let inEtc = try await disk.entries(of: "/etc", limit: .seconds(10)).map(\.name)
        XCTAssertEqual(inEtc, ["fstab"], "no links")

        let targets = ["fstab", "journal", "link", "missing"].map { scratch.appending(path: "out-\($0)") }
        try await disk.dump(
            [
                "/etc/fstab": targets[0], "<\(files[0].inode)>": targets[1], "/etc/link": targets[2],
                "/etc/missing": targets[3],
            ], limit: .seconds(10))
        XCTAssertTrue(try String(contentsOf: targets[0], encoding: .utf8).contains("UUID=nowhere"))
        XCTAssertEqual(try String(contentsOf: targets[1], encoding: .utf8), "evidence\n")
        let passwd = try String(contentsOfFile: "/etc/passwd", encoding: .utf8)
        XCTAssertNotEqual(try? String(contentsOf: targets[2], encoding: .utf8), passwd)
        XCTAssertFalse(FileManager.default.fileExists(atPath: targets[3].path))
    }

    func testEtcOfTheGoldenImageIsListedAsInTheGuest() async throws {
        let (image, scratch, runner) = try await disk()
        let listing = EtcChanges.parse(
            try await EtcChanges.golden(image, scratch: scratch, runner: runner, limit: .seconds(30)))
        XCTAssertEqual(listing["./link"], "link:/etc/passwd")
        XCTAssertEqual(listing["./fstab"]?.count, 64)
    }

    func testLinesOfDebugfsAndPartitionTables() throws {
        XCTAssertEqual(
            OfflineDisk.entry("/12433/100644/0/0/dpkg.log/100941/"),
            OfflineDisk.Entry(inode: 12433, name: "dpkg.log", isFolder: false, size: 100941))
        XCTAssertEqual(OfflineDisk.entry("/12428/040755/0/0/apt//")?.isFolder, true)
        for line in ["/1/040755/0/0/..//", "/0/100644/0/0/deleted/1/", "/12426/120777/0/0/README/39/", "", "/x/"] {
            XCTAssertNil(OfflineDisk.entry(line), line)
        }
        let table = """
            {"partitiontable": {"sectorsize": 4096, "partitions": [{"start": 6, "size": 5}, {"start": 20, "size": 9}]}}
            """
        XCTAssertEqual(try OfflineDisk.offset(ofLargest: table), 20 * 4096)
        XCTAssertThrowsError(try OfflineDisk.offset(ofLargest: #"{"partitiontable": {}}"#))
        // The guest wrote the table, and may be hostile.
        let far = #"{"partitiontable": {"partitions": [{"start": 4611686018427387904, "size": 9}]}}"#
        XCTAssertThrowsError(try OfflineDisk.offset(ofLargest: far))
    }
}
