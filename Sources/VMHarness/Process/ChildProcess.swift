import Foundation
import Glibc
import Synchronization

/// One child process. Foundation's own class is not used: on Linux it passes the spawning thread's blocked signals on to
/// the child and one slow child delays the exit of all others (swift-corelibs-foundation issues 4772 and 4795).
///
/// The child leads a process group of its own, starts with a clean signal mask and default dispositions, and writes to
/// files, so that no pipe can fill up.
final class ChildProcess: Sendable {
    private let pid: pid_t
    /// No core files, of us and so of all children: they hold what is in memory, secrets too.
    private static let withoutCores: Bool = {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        return setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0
    }()
    private let isRunning = Mutex(true)

    /// Starts the tool.
    ///
    /// - Throws: `POSIXError` when a file can't be opened or the tool can't be started.
    init(
        path: String, arguments: [String], environment: [String: String], input: String, output: String, errors: String
    )
        throws
    {
        _ = Self.withoutCores
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        let argv = ([path] + arguments).map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var child = pid_t()
        let code = posix_spawn(&child, path, &actions, &attributes, argv, envp)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
        pid = child
    }

    /// Sends a signal to the whole group; nothing when the child has ended.
    ///
    /// - Returns: whether the child itself was still running.
    @discardableResult
    func signal(_ number: Int32) -> Bool {
        isRunning.withLock { running in
            // The lock is held, so the pid has not been reaped and can't belong to somebody else.
            guard running else { return false }
            var info = siginfo_t()
            let isOver = waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo == SIGCHLD
            kill(-pid, number)
            return !isOver
        }
    }

    /// Tells the group to end, and ends it five seconds later.
    func terminate() async throws {
        signal(SIGTERM)
        try await killAfterGrace()
    }

    /// Ends the group after the time that it has for its own end.
    func killAfterGrace() async throws {
        try await pause(for: .seconds(5))
        signal(SIGKILL)
    }

    /// Sends a signal to one process that need not be a child.
    static func signal(_ number: Int32, to pid: Int32) { kill(pid, number) }

    private static let running = Mutex<[pid_t: ChildProcess]>([:])

    /// Tells all tools that are running to end: the last that a process does whose work was interrupted.
    static func terminateAll() {
        for child in running.withLock({ Array($0.values) }) { child.signal(SIGTERM) }
    }

    /// Waits for the end on a thread of its own and ends what is left of the group.
    func ending() async -> CommandResult.Ending {
        Self.running.withLock { $0[pid] = self }
        defer { Self.running.withLock { _ = $0.removeValue(forKey: pid) } }
        return await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: self.waitAndReap()) }
            thread.stackSize = 256 << 10
            thread.start()
        }
    }

    private func waitAndReap() -> CommandResult.Ending {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        var status: Int32 = 0
        isRunning.withLock { running in
            kill(-pid, SIGKILL)
            while waitpid(pid, &status, 0) == -1, errno == EINTR {}
            running = false
        }
        let signal = status & 0x7f
        return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
    }
}

/// Goes on as another program, which then owns the terminal; returns only by throwing.
///
/// - Throws: ``MissingToolError`` when the program can't be started.
public func replaceProcess(with words: [String]) throws -> Never {
    let argv = words.map { strdup($0) } + [nil]
    execvp(words[0], argv)
    throw MissingToolError(tool: words[0])
}
