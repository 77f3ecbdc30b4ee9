import Foundation
import XCTest

@testable import VMHarness

final class ConsoleWatchTests: XCTestCase {
    private func look(_ text: String, isEmulated: Bool = true) throws -> ConsoleWatch {
        let file = try temporaryFolder().appending(path: "console.log")
        try "Kernel panic - not syncing: of an earlier boot\n".write(to: file, atomically: true, encoding: .utf8)
        var watch = ConsoleWatch(file: file)
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
        try watch.look(isEmulated: isEmulated)
        return watch
    }

    func testALineThatEndsAllHopeIsNamed() throws {
        let cases = [
            ("[    3.1] Kernel panic - not syncing: VFS: Unable to mount root fs", "the kernel panicked"),
            ("You are in emergency mode. After logging in, type \"journalctl -xb\"", "systemd is in emergency mode"),
            ("Cannot open access to console, the root account is locked.", "systemd is in emergency mode"),
            (
                "ALERT!  LABEL=boma-root does not exist.  Dropping to a shell!",
                "the initramfs found no root file system"
            ),
            ("EXT4-fs (vda2): Remounting filesystem read-only", "the root file system became read-only"),
        ]
        for (line, meaning) in cases {
            XCTAssertThrowsError(try look("Starting\n\(line)\r\nmore\n"), line) { error in
                XCTAssertEqual((error as? GuestIsHopeless)?.what, meaning)
                XCTAssertTrue("\(error)".contains(ConsoleWatch.readable(line)), "\(error)")
            }
        }
    }

    /// A data disk may be lost and the host still come up: worth a remark, and no end.
    func testADataDiskIsNotTheRootFileSystem() throws {
        for device in ["vdb", "vdb1", "dm-0", "loop7"] {
            let watch = try look("[   99.1] EXT4-fs (\(device)): Remounting filesystem read-only\n")
            XCTAssertEqual(watch.remarks.count, 1, device)
        }
    }

    func testALostTimerIsTheEmulatorsFaultAndOnlyTheEmulators() throws {
        let line = "rcu: rcu_preempt kthread timer wakeup didn't happen for 5251 jiffies! g-1147 f0x0\n"
        XCTAssertThrowsError(try look(line)) { XCTAssertTrue($0 is EmulatorFault, "\($0)") }
        XCTAssertEqual(try look(line, isEmulated: false).remarks.count, 1)
    }

    func testAnEarlierBootsLinesAndAHealthyBootSayNothing() throws {
        XCTAssertEqual(try look("[  OK  ] Reached target multi-user.target\n").remarks, [])
    }

    func testRemarksAreFewAndHarmless() throws {
        let lines = (0..<9).map {
            "\u{1B}[0;1;31m[FAILED]\u{1B}[0m Failed to start \u{1B}]0;x\u{7}unit\($0).service\u{8}\n"
        }
        let watch = try look(lines.joined())
        XCTAssertEqual(watch.remarks.count, 5)
        XCTAssertEqual(watch.remarks.first, "Failed to start unit0.service\\u{8}")
    }

    func testWhatCameBeforeIsToldWithTheEnd() {
        let text = """
            [ TIME ] Timed out waiting for device /dev/disk/by-uuid/0000.
            [  100.1] systemd[1]: Timed out waiting for device /dev/disk/by-uuid/0000.
            [\u{1B}[0;1;38:5:185mDEPEND\u{1B}[0m] Dependency failed for systemd-fsck…0000.
            [\u{1B}[0;1;38:5:185mDEPEND\u{1B}[0m] Dependency failed for \u{1B}[0;1;39mdata.mount\u{1B}[0m - /data.
            [DEPEND] Dependency failed for local-fs.target - Local File Systems.
            You are in emergency mode. After logging in, type

            """
        XCTAssertThrowsError(try look(text)) { error in
            XCTAssertEqual(
                "\(error)",
                "the machine will not come up: systemd is in emergency mode (console: You are in emergency mode. After "
                    + "logging in, type); before that: Dependency failed for data.mount - /data.; Timed out waiting for "
                    + "device /dev/disk/by-uuid/0000.")
        }
    }

    func testTheSecondBootOfOneRebootIsACrashLoop() throws {
        let boot = "[    0.000000] Linux version 6.12.1-cloud-amd64 (debian)\n"
        XCTAssertNoThrow(try look(boot))
        XCTAssertThrowsError(try look(boot + "some lines\n" + boot)) {
            XCTAssertTrue("\($0)".contains("it reboots by itself"), "\($0)")
        }
    }

    func testTheLoginPromptIsSeen() throws {
        XCTAssertNil(try look("[  OK  ] Started serial-getty@ttyS0.service - Serial Getty on ttyS0.\n").promptSeen)
        XCTAssertNotNil(try look("\r\nDebian GNU/Linux 13 askari ttyS0\r\n").promptSeen)
        XCTAssertNil(try look("systemd[1]: Expecting device /dev/ttyS0 - ttyS0\n").promptSeen)
    }

    /// As virtlogd does when it has grown to two MiB: the file is renamed, and another one takes its name.
    func testAConsoleThatIsRotatedIsFollowed() throws {
        let file = try temporaryFolder().appending(path: "console.log")
        try "old\n".write(to: file, atomically: false, encoding: .utf8)
        var watch = ConsoleWatch(file: file)
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("Failed to start one.service\nFailed to start two".utf8))
        try watch.look(isEmulated: true)
        // Written after the last look, and before the new file.
        try handle.write(contentsOf: Data(".service\nFailed to start three.service\n".utf8))
        try FileManager.default.moveItem(at: file, to: file.appendingPathExtension("0"))
        // As long as the old one, or longer: its length says nothing.
        let filler = String(repeating: "a line\n", count: 40)
        try (filler + "Failed to start four.service\n").write(to: file, atomically: false, encoding: .utf8)
        for _ in 0..<2 { try watch.look(isEmulated: true) }
        XCTAssertEqual(watch.remarks, ["one", "two", "three", "four"].map { "Failed to start \($0).service" })
    }

    /// virtlogd is root, and makes the new file for itself.
    func testAConsoleThatGoesOnWhereWeCanNotReadSaysSo() throws {
        let file = try temporaryFolder().appending(path: "console.log")
        try Data().write(to: file)
        var watch = ConsoleWatch(file: file)
        try watch.look(isEmulated: true)
        try FileManager.default.moveItem(at: file, to: file.appendingPathExtension("0"))
        // Nobody can open a socket.
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(file.path.utf8)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        XCTAssertEqual(bound, 0)
        for _ in 0..<3 { try watch.look(isEmulated: true) }
        XCTAssertEqual(watch.remarks, [ConsoleWatch.cutOff])
    }

    func testAConsoleThatBeginsAnewIsReadFromItsStart() throws {
        let file = try temporaryFolder().appending(path: "console.log")
        try String(repeating: "old\n", count: 100).write(to: file, atomically: false, encoding: .utf8)
        var watch = ConsoleWatch(file: file)
        try "Kernel panic - not syncing\n".write(to: file, atomically: false, encoding: .utf8)
        XCTAssertThrowsError(try watch.look(isEmulated: true))
    }
}
