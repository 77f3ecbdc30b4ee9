import Foundation

/// Reads a machine's serial console while it is written, and knows the lines after which waiting makes no sense.
struct ConsoleWatch {
    private var reader: LineReader
    /// Lines that are worth telling when something goes wrong later: the first five, as later ones mostly follow from
    /// them.
    private(set) var remarks: [String] = []
    /// When the guest offered a login on its console: its boot is over, as far as it knows.
    private(set) var promptSeen: ContinuousClock.Instant?
    private var boots = 0

    /// Watches what is written from now on, or, for a file that is still to be written, from its start: one boot.
    init(file: URL) {
        reader = LineReader(file: file)
        reader.skipToEnd()
    }

    /// What a line of the console means.
    enum Meaning: Equatable {
        /// The guest can't come up any more.
        case hopeless(String)
        /// The emulator lost the timer of one of the guest's processors: says nothing about the guest.
        case emulatorFault
        /// Bad, but the boot may go on.
        case remark
        /// The kernel starts.
        case boot
        /// A login is offered.
        case prompt
    }

    private static let hopeless: [(text: String, meaning: String)] = [
        ("Kernel panic - not syncing", "the kernel panicked"),
        ("You are in emergency mode", "systemd is in emergency mode"),
        ("You are in rescue mode", "systemd is in rescue mode"),
        ("Cannot open access to console, the root account is locked", "systemd is in emergency mode"),
        ("Give root password for maintenance", "systemd is in emergency mode"),
        ("Dropping to a shell!", "the initramfs found no root file system"),
        ("(initramfs)", "the initramfs found no root file system"),
        // A prompt has no line end after it.
        ("Entering rescue mode...", "the boot loader found nothing to boot"),
        ("Minimal BASH-like line editing is supported", "the boot loader waits at its prompt"),
        ("BdsDxe: No bootable option or device was found", "the firmware found nothing to boot"),
    ]

    private static let remarks = [
        "Out of memory: Killed process", "Found ordering cycle", "No space left on device", "Failed to start ",
        "Timed out waiting for device", "Dependency failed for ", "Failed to mount ", "soft lockup",
        "blocked for more than",
    ]

    /// Judges one line.
    static func meaning(of line: String) -> Meaning? {
        // QEMU 10's emulation now and then leaves an interrupt of a second processor unfinished at a reboot; no timer
        // of
        // that processor fires from then on, and the guest stands still for ever.
        if line.contains("rcu_preempt kthread timer wakeup didn't happen") { return .emulatorFault }
        if let found = hopeless.first(where: { line.contains($0.text) }) { return .hopeless(found.meaning) }
        if let device = line.firstMatch(of: /\((?<name>[^() ]+)\): Remounting filesystem read-only/) {
            // The machine's own disk, which the root file system is on. A data disk may be lost and the host still come
            // up.
            return device.name.hasPrefix("vda") ? .hopeless("the root file system became read-only") : .remark
        }
        if remarks.contains(where: { line.contains($0) }) { return .remark }
        if line.contains("] Linux version ") { return .boot }
        // The last line of /etc/issue, as agetty shows it.
        return line.trimmingCharacters(in: .whitespacesAndNewlines).hasSuffix(" ttyS0") && !line.contains("systemd")
            ? .prompt : nil
    }

    /// Reads what is new.
    ///
    /// - Parameter isEmulated: whether a lost timer is the emulator's fault.
    /// - Throws: ``GuestIsHopeless`` or ``EmulatorFault``, with the line.
    mutating func look(isEmulated: Bool) throws {
        defer { if reader.isCutOff { remark(Self.cutOff) } }
        for line in reader.newLines() {
            switch Self.meaning(of: line) {
            case .hopeless(let what):
                throw GuestIsHopeless(what: what, line: Self.readable(line), before: causes)
            case .emulatorFault where isEmulated: throw EmulatorFault(line: Self.readable(line))
            case .remark, .emulatorFault:
                remark(Self.withoutPrefix(Self.readable(line)))
            case .prompt: promptSeen = promptSeen ?? .now
            case .boot:
                boots += 1
                promptSeen = nil
                guard boots < 2 else {
                    throw GuestIsHopeless(
                        what: "it reboots by itself", line: Self.readable(line), before: causes)
                }
            case nil: break
            }
        }
    }

    private mutating func remark(_ text: String) {
        if remarks.count < 5, !remarks.contains(text) { remarks.append(text) }
    }

    /// Said instead of what is not seen any more.
    static let cutOff = "virtlogd has begun a new file, which only root can read: nothing is seen from then on"

    /// The remarks that most likely say why: a mount is named as in `/etc/fstab`, its device may be a long number.
    private var causes: [String] {
        let isMount = { (remark: String) in remark.contains(".mount") }
        return Array((remarks.filter(isMount) + remarks.filter { !isMount($0) }).prefix(2))
    }

    /// The line without what the kernel's log or systemd puts before it: both tell the same.
    private static func withoutPrefix(_ line: String) -> String {
        line.replacingOccurrences(
            of: #"^(\[ *[0-9.]+\] )?(systemd\[1\]: |\[[A-Z ]+\] )?"#, with: "", options: .regularExpression)
    }

    /// The line without the colours that systemd gives it, and without anything that a terminal would obey.
    static func readable(_ line: String) -> String {
        ConsoleText.plain(line.trimmingCharacters(in: .whitespacesAndNewlines))
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// The guest said on its console that it will not come up.
public struct GuestIsHopeless: BlamedError, CustomStringConvertible, Sendable, Equatable {
    /// What happened.
    public let what: String
    /// The line that says so.
    public let line: String
    /// What the console said before that and may be why.
    public var before: [String] = []

    /// The host's.
    public var blame: Blame { .host }
    /// About boots that hang.
    public var runbook: Runbook? { .bootHangs }

    /// What happened, with the line of the console.
    public var description: String {
        "the machine will not come up: \(what) (console: \(line))"
            + (before.isEmpty ? "" : "; before that: \(before.joined(separator: "; "))")
    }
}

/// The emulator failed the guest: neither a verdict about the subject nor a defect of its playbook.
public struct EmulatorFault: BlamedError, CustomStringConvertible, Sendable, Equatable {
    /// The line of the console that shows it.
    public let line: String

    /// Ours.
    public var blame: Blame { .harness }

    /// What happened, with the line of the console, and what to do.
    public var description: String {
        "the emulator lost a timer of the machine, which stands still since (console: \(line)); "
            + "this says nothing about the host; fix: run again, or use a control host with KVM"
    }
}
