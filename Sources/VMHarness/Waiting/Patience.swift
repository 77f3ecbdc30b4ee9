/// A row of the table of patience: how long one thing may take.
///
/// The floor is what a healthy host may need by the clock, however fast its processor is: a service manager's own time-outs, a
/// network that is slow to come. The other figure is work, which an emulated guest does about ten times slower.
public struct Patience: Sendable, Equatable {
    /// What may take that long; also its name in `docs/patience.md`.
    public let name: String
    /// Seconds of work on a fast host; multiplied with the factor of the accelerator.
    public let seconds: Double
    /// Seconds by the clock that are granted in any case.
    public let floor: Double
    /// Where the floor comes from.
    public let why: String

    /// The deadline.
    ///
    /// - Parameter factor: what work is slower by than on a fast host: 1 with KVM, 10 when emulated, unless
    ///   `BOMA_IT_TIME_FACTOR` says otherwise.
    public func limit(factor: Double) -> Duration { .seconds(max(floor, seconds * factor)) }

    /// From power on, or the moment a rebooting machine is down, to the first login.
    public static let login = Patience(
        name: "a login after a boot", seconds: 60, floor: 600,
        why: "fsck of a large disk, wait-online's 120 s, start jobs of 90 s in a row; kola and tmt wait 10 min too")
    /// From the order to reboot until the guest no longer answers.
    public static let goingDown = Patience(
        name: "going down for a reboot", seconds: 30, floor: 300,
        why: "systemd's 90 s for each stop job (DefaultTimeoutStopSec), several of them in a row")
    /// From the login until cloud-init and systemd have nothing left to do.
    public static let settling = Patience(
        name: "cloud-init's and systemd's last job", seconds: 60, floor: 600,
        why: "wait-online's 120 s and start jobs of 90 s (DefaultTimeoutStartSec) in a row")
    /// Until services answer again after a boot.
    public static let services = Patience(
        name: "services that answer again", seconds: 20, floor: 180,
        why: "an application that waits for its database; cockpit waits 180 s for a host too")
    /// Until services answer for the first time, after a play.
    public static let firstStart = Patience(
        name: "services that start for the first time", seconds: 60, floor: 300,
        why: "databases and keys are made at a first start")
    /// Until a port that is silent, not refused, counts as shut by a firewall.
    public static let silence = Patience(
        name: "a silent port after a boot", seconds: 6, floor: 10,
        why: "a firewall is loaded before the login works, so silence does not pass by waiting")
    /// Until one question to a port counts as unanswered.
    public static let silentPort = Patience(
        name: "one answer of a port", seconds: 1.5, floor: 6, why: "two lost first packets of TCP: 1 s and 2 s more")
    /// Until a host with failed units and an empty job queue counts as up as it will be.
    public static let failedUnits = Patience(
        name: "the rest of a boot with failed units", seconds: 2, floor: 20,
        why: "containers are started beside systemd's queue")
    /// Between two looks at what restarts.
    public static let steady = Patience(
        name: "a second look at what restarts", seconds: 6, floor: 60,
        why: "a program that gives up after 40 s is running most of the time")
    /// For a short command in the guest.
    public static let command = Patience(
        name: "a short command in the machine", seconds: 10, floor: 60, why: "a disk that is busy with a boot")
    /// For a look at the whole guest.
    public static let look = Patience(
        name: "a look at the whole machine", seconds: 30, floor: 120,
        why: "thousands of files below /etc on a busy disk")
    /// For one part of a look.
    public static let lookPart = Patience(
        name: "one part of a look", seconds: 6, floor: 15, why: "parts are read at the same time")
    /// For one try to log in.
    public static let loginAttempt = Patience(
        name: "one try to log in", seconds: 2, floor: 10, why: "sshd asks a resolver that is not up yet (UseDNS, PAM)")
    /// How long the console may offer a login before sshd has to answer.
    public static let prompt = Patience(
        name: "sshd after the console's login", seconds: 2, floor: 15, why: "both start at the same time")
    /// For the guest agent's answer.
    public static let agent = Patience(
        name: "the agent's answer", seconds: 3, floor: 10, why: "it asks systemd, sshd and the firewall")
    /// Until another boot shows on the console once a connection broke.
    public static let anotherBoot = Patience(
        name: "another boot on the console", seconds: 4, floor: 15, why: "a firmware that looks for its disk")
    /// For a playbook.
    public static let play = Patience(
        name: "a playbook", seconds: 900, floor: 3600, why: "a first converge that downloads or builds")
    /// Until a machine is off that was told so.
    public static let shutdown = Patience(
        name: "a shutdown", seconds: 30, floor: 300, why: "as for going down")
    /// For giving a restored guest an identity of its own.
    public static let identity = Patience(
        name: "a new identity after a restore", seconds: 20, floor: 60, why: "host keys are made in it")
    /// For the proof of the isolation from inside.
    public static let isolation = Patience(
        name: "the proof of isolation", seconds: 15, floor: 60, why: "it listens for answers that must not come")
    /// For refreshing the package lists.
    public static let packageLists = Patience(
        name: "refreshing the package lists", seconds: 30, floor: 300, why: "a mirror that is slow to answer")
    /// For copying a stand-in.
    public static let copy = Patience(
        name: "copying into the machine", seconds: 120, floor: 300, why: "images of containers")
    /// For installing a stand-in.
    public static let install = Patience(
        name: "installing a stand-in", seconds: 60, floor: 300, why: "images of containers are unpacked")

    /// The whole table, as `docs/patience.md` shows it.
    public static let table = [
        login, goingDown, settling, services, firstStart, silence, silentPort, failedUnits, steady, command, look,
        lookPart,
        loginAttempt,
        prompt, agent, anotherBoot, play, shutdown, identity, isolation, packageLists, copy,
        install,
    ]
}
