internal import Foundation
internal import Synchronization

/// What asks this process to end: it waits from here on until somebody looks, so that nothing ends us between a permission that
/// is used and its outcome.
///
/// Made before there is a second thread: every thread holds back what the one that makes it does. What was ignored when this
/// process began, such as SIGHUP under `nohup`, stays ignored.
final class EndSignals: Sendable {
    private let numbers: [Int32]
    private let hadTerminal = EndSignals.hasTerminal
    /// Who gets what comes.
    private let program = Mutex<pid_t?>(nil)

    init() {
        numbers = [SIGINT, SIGQUIT, SIGTERM, SIGHUP].filter { !Self.isIgnored($0) }
        var set = Self.set(of: numbers)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// One that waits.
    private var waiting: Int32? {
        var pending = sigset_t()
        unsafe sigpending(&pending)
        return numbers.first { unsafe sigismember(&pending, $0) == 1 }
    }

    /// - Throws: ``Stop`` with 128 and the number of a signal that came.
    func check() throws {
        if let waiting { throw Stop(code: 128 + waiting) }
    }

    /// Hands on to a program of our group what came since the last look and what comes, until ``end()``.
    ///
    /// SIGTERM is handed on whoever sent it. SIGHUP is, unless it is that of a terminal which goes away: the kernel, or the shell
    /// that leads the session, sends that one to the whole group. Whoever leads the session is told alone, and hands it on.
    /// SIGINT and SIGQUIT are the terminal's, which sends them to the whole group too.
    func handOn(to process: pid_t) {
        program.withLock { $0 = process }
        guard !numbers.isEmpty else { return }
        Thread.detachNewThread { [self] in
            while true { handOnNext() }
        }
    }

    /// What comes from now on is nobody's: the program is over, and its number may become another's.
    func end() { program.withLock { $0 = nil } }

    private func handOnNext() {
        var (set, facts) = unsafe (Self.set(of: numbers), siginfo_t())
        let number = unsafe sigwaitinfo(&set, &facts)
        let isOfGroup = unsafe Int(facts.si_code) == Int(SI_KERNEL) || (hadTerminal && !Self.hasTerminal)
        guard number == SIGTERM || (number == SIGHUP && !(isOfGroup && getsid(0) != getpid())) else { return }
        program.withLock { if let process = $0 { kill(process, number) } }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        unsafe sigaction(number, nil, &action)
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    private static func set(of numbers: [Int32]) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in numbers { unsafe sigaddset(&set, number) }
        return set
    }

    /// Whether a terminal controls this process.
    private static var hasTerminal: Bool {
        let descriptor = unsafe open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }
}
