internal import ChanceryNode
internal import ChancerySuite
internal import Dispatch
internal import Foundation
internal import Synchronization

/// A program that runs in this one's place: same terminal, same standard streams, same group.
struct ChildCommand {
    /// What came of it.
    struct Ending {
        /// As a shell has it: the exit status, or 128 and the number of the signal. Nil when the system does not say.
        let status: Int32?
        let output: StreamFacts?
        let error: StreamFacts?
    }

    /// What went through a stream.
    struct StreamFacts {
        let bytes: UInt64
        let digest: [UInt8]
    }

    /// What was inherited when this process began; it has a stricter one for its own files.
    static let fileMask = Mutex<mode_t>(0o022)
    /// What only this process may know.
    private static let secrets: Set<String> = ["CHANCERY_PASSPHRASE", "PIQRYPT_PASSPHRASE"]

    /// The file that will run.
    let executable: String
    let arguments: [String]

    /// - Throws: `node.not_found` when there is no such program.
    init(_ command: [String]) throws {
        arguments = command
        executable = try Self.find(command.first ?? "")
    }

    /// What a name means, as a shell finds it; absolute, so that what is decided is what runs.
    private static func find(_ name: String) throws -> String {
        let folders =
            name.contains("/") ? [""] : (Settings.value("PATH") ?? "/usr/bin:/bin").split(separator: ":").map { $0 + "/" }
        for folder in folders {
            let path = URL(fileURLWithPath: folder + name).standardizedFileURL.path
            var status = stat()
            guard !name.isEmpty, unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                unsafe access(path, X_OK) == 0
            else { continue }
            return path
        }
        throw NodeError(.notFound, "there is no program `\(name)`")
    }

    /// Runs it to its end. Interrupts of the terminal are its own; SIGTERM and SIGHUP are handed on, as `signals` says. What was
    /// ignored when this process began, such as SIGHUP under `nohup`, is ignored by both; SIGPIPE and SIGXFSZ alone, which this
    /// process ignores for itself, end the program as they do by default.
    ///
    /// - Parameter hashingOutput: whether what it writes goes through this process, which counts and hashes it.
    /// - Throws: `command.failed` when it cannot be started, ``Stop`` when a signal asked for an end before.
    func run(_ environment: [String: String], hashingOutput: Bool, _ signals: EndSignals) throws -> Ending {
        let inherited = ProcessInfo.processInfo.environment.filter { !Self.secrets.contains($0.key) }
        let whole = inherited.merging(environment) { _, new in new }
        let pipes = hashingOutput ? [Pipe(), Pipe()] : []
        // The system keeps no status of processes whose end is ignored, and that is inherited.
        signal(SIGCHLD, SIG_DFL)
        try signals.check()
        let process = try spawn(whole, writing: pipes)
        signals.handOn(to: process)
        // Descriptors of our own: each is closed as soon as nobody takes what comes, so that the program hears of it.
        let readers = pipes.map { dup($0.fileHandleForReading.fileDescriptor) }
        for handle in pipes.flatMap({ [$0.fileHandleForReading, $0.fileHandleForWriting] }) { try? handle.close() }
        let facts = Self.pump(zip(readers, [STDOUT_FILENO, STDERR_FILENO]).map { ($0, $1) })
        return Ending(status: Self.status(of: process, signals), output: facts.first, error: facts.last)
    }

    /// Waits for the end of a process, whose number is its own until no signal is handed on to it any more.
    private static func status(of process: pid_t, _ signals: EndSignals) -> Int32? {
        var facts = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(process), &facts, Int32(WEXITED | WNOWAIT)) < 0, errno == EINTR {}
        signals.end()
        var status: Int32 = 0
        var waited: pid_t
        repeat { waited = unsafe waitpid(process, &status, 0) } while waited < 0 && errno == EINTR
        guard waited == process else { return nil }
        let signalled = status & 0x7f
        return signalled == 0 ? (status >> 8) & 0xff : 128 + signalled
    }

    private func spawn(_ environment: [String: String], writing pipes: [Pipe]) throws -> pid_t {
        var (actions, attributes) = unsafe (posix_spawn_file_actions_t(), posix_spawnattr_t())
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        for (pipe, target) in zip(pipes, [STDOUT_FILENO, STDERR_FILENO]) {
            unsafe posix_spawn_file_actions_adddup2(&actions, pipe.fileHandleForWriting.fileDescriptor, target)
        }
        for handle in pipes.flatMap({ [$0.fileHandleForReading, $0.fileHandleForWriting] }) {
            unsafe posix_spawn_file_actions_addclose(&actions, handle.fileDescriptor)
        }
        // What this process ignores or blocks, it does for itself.
        var (ignored, blocked) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&ignored)
        unsafe sigemptyset(&blocked)
        for number in [SIGPIPE, SIGXFSZ] { unsafe sigaddset(&ignored, number) }
        unsafe posix_spawnattr_setsigdefault(&attributes, &ignored)
        unsafe posix_spawnattr_setsigmask(&attributes, &blocked)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let own = umask(Self.fileMask.withLock { $0 })
        defer { umask(own) }
        var process: pid_t = 0
        let code = unsafe Self.withTexts(arguments) { arguments in
            unsafe Self.withTexts(environment.map { "\($0.key)=\($0.value)" }) { environment in
                unsafe posix_spawn(&process, executable, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else {
            throw unsafe SystemFailure(detail: "`\(executable)` cannot be run: \(String(cString: strerror(code)))")
        }
        return process
    }

    /// `texts` as C has them, ended by a null pointer.
    private static func withTexts<Value>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) throws -> Value
    ) rethrows -> Value {
        let copies = unsafe texts.map { unsafe strdup($0) }
        defer { for index in texts.indices { unsafe free(copies[index]) } }
        return try unsafe body(copies + [nil])
    }

    /// Hands on what comes, until all of it came or nobody takes it; closes where it came from.
    private static func pump(_ streams: [(from: Int32, to: Int32)]) -> [StreamFacts] {
        let results = Mutex<[Int: StreamFacts]>([:])
        DispatchQueue.concurrentPerform(iterations: streams.count) { index in
            let (from, to) = streams[index]
            var (hasher, count, buffer) = (SHA256Hasher(), UInt64(0), [UInt8](repeating: 0, count: 1 << 16))
            var isTaken = true
            while true {
                let length = unsafe read(from, &buffer, buffer.count)
                if length < 0, errno == EINTR { continue }
                guard length > 0 else { break }
                let part = Array(buffer.prefix(length))
                hasher.update(part)
                count += UInt64(length)
                if isTaken { isTaken = write(part, to: to) }
                if !isTaken { break }
            }
            close(from)
            let facts = StreamFacts(bytes: count, digest: hasher.digest())
            results.withLock { $0[index] = facts }
        }
        return results.withLock { results in streams.indices.compactMap { results[$0] } }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
