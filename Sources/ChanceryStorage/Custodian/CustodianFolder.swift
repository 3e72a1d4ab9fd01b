public import ChanceryCustodian
internal import ChanceryLedger
public import ChanceryNode
public import ChancerySuite
internal import Foundation
internal import Synchronization

/// A custodian's log in `<home>/custodian.log`; the mark of its length and the epoch's keys in the state folder, which no backup
/// of the home holds. One process has it at a time.
public final class CustodianFolder: CustodianStore {
    private struct Open: Sendable {
        var log: Int32
        var mark: Int32
        /// Where in the file each entry begins.
        var places: [Int]
        /// The hash before the first of them.
        var baseHash: [UInt8]
        var end: End
        var isBroken = false
    }

    /// Up to where the log goes, and what of that the mark says: what goes back when an entry cannot be written.
    private struct End: Sendable {
        var count: UInt64
        var hash: [UInt8]
        var length: Int
        /// Which of the mark's two slots is durable and not written over; the other one takes what comes.
        var markedSlot: Int
        /// Whether the mark went on and may not be durable.
        var isMarkDue = false
    }

    private let state: Mutex<Open>
    private let lock: FileLock
    private let keyPath: String
    private let logPath: String
    private let protection: KeyProtection

    /// - Throws: `custodian.state_lost` when the log is shorter than its mark says, or another one; `store.busy` when another
    ///   process has it.
    public init(home: String, state statePath: String, protection: KeyProtection) throws {
        try AtomicFile.makeFolder(home)
        try AtomicFile.makeFolder(statePath)
        try LocalFilesystem.require(for: home)
        lock = try FileLock(home + "/custodian.lock", timeout: .seconds(5))
        keyPath = statePath + "/epoch.chkf"
        self.protection = protection
        logPath = home + "/custodian.log"
        let markPath = statePath + "/custodian.mark"
        let isMarked = FileManager.default.fileExists(atPath: markPath)
        let (slot, mark) = try CustodianMark.read(isMarked ? AtomicFile.read(markPath) : [])
        let log = try CustodianLog(at: logPath, mark: mark)
        guard log.holdsMark else {
            throw CustodianError(
                .stateLost, "the log `\(logPath)` is not the one that the mark `\(markPath)` tells of: it was lost or restored")
        }
        let logFile = try Self.open(logPath)
        guard ftruncate(logFile, off_t(log.length)) == 0, fsync(logFile) == 0 else { throw AtomicFile.failure("cut", logPath) }
        let markFile = try Self.open(markPath)
        try AtomicFile.syncFolder(of: logPath)
        try AtomicFile.syncFolder(of: markPath)
        state = Mutex(
            Open(
                log: logFile, mark: markFile, places: log.places, baseHash: log.baseHash,
                end: End(count: log.count, hash: log.hash, length: log.length, markedSlot: slot)))
        // What was written and not yet marked is marked now.
        try state.withLock { try Self.mark(&$0) }
    }

    deinit {
        state.withLock {
            close($0.log)
            close($0.mark)
        }
    }

    private static func open(_ path: String) throws -> Int32 {
        let descriptor = unsafe Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw AtomicFile.failure("open", path) }
        return descriptor
    }

    public func entries() throws -> [[UInt8]] {
        try state.withLock { state in try state.places.indices.map { try Self.entry($0, of: state) } }
    }

    public func entry(_ number: Int) throws -> [UInt8] {
        try state.withLock { state in
            guard state.places.indices.contains(number) else {
                throw CustodianError(.logBroken, "the log has no entry \(number)")
            }
            return try Self.entry(number, of: state)
        }
    }

    /// Reads an entry and holds it against its hash: what was whole when the folder was opened may have rotted since.
    private static func entry(_ number: Int, of state: Open) throws -> [UInt8] {
        let place = state.places[number]
        let end = number + 1 < state.places.count ? state.places[number + 1] : state.end.length
        let line = try CustodianLog.read(
            end - place - CustodianLog.lengthBytes, from: state.log, at: place + CustodianLog.lengthBytes)
        let before =
            number == 0
            ? state.baseHash
            : try CustodianLog.read(CustodianLog.hashBytes, from: state.log, at: place - CustodianLog.hashBytes)
        let entry = Array(line.dropLast(CustodianLog.hashBytes))
        guard CustodianLog.hash(after: before, entry) == Array(line.suffix(CustodianLog.hashBytes)) else {
            throw CustodianError(.logBroken, "entry \(number) of the log is not what was written")
        }
        return entry
    }

    public func append(_ entries: [[UInt8]]) throws { try append(entries, isBinding: true) }
    public func tell(_ entries: [[UInt8]]) throws { try append(entries, isBinding: false) }

    public func settle() throws {
        try state.withLock { state in
            try Self.requireWhole(state)
            if state.end.isMarkDue { try Self.flushMark(&state) }
        }
    }

    private static func requireWhole(_ state: Open) throws {
        guard !state.isBroken else { throw CustodianError(.stateLost, "the log could not be written before") }
    }

    private func append(_ entries: [[UInt8]], isBinding: Bool) throws {
        guard !entries.isEmpty else { return }
        try state.withLock { state in
            try Self.requireWhole(state)
            var bytes: [UInt8] = []
            var hash = state.end.hash
            for entry in entries {
                guard entry.count <= CustodianLine.mostBytes else {
                    throw CustodianError(.busy, "an entry is too long for the log")
                }
                hash = CustodianLog.hash(after: hash, entry)
                bytes += CustodianLog.encode(entry, hash: hash)
            }
            let before = state.end
            do {
                try Self.write(bytes, to: state.log, at: before.length)
                guard fdatasync(state.log) == 0 else { throw AtomicFile.failure("sync", "custodian.log") }
                state.end.count += UInt64(entries.count)
                state.end.hash = hash
                state.end.length += bytes.count
                try Self.mark(&state, isBinding: isBinding)
            } catch {
                // What was written and not acknowledged goes, and the mark says what it said before, so that the next start finds
                // what was. Where even that fails, what is on the disk is not known.
                state.end = before
                let isCut = ftruncate(state.log, off_t(before.length)) == 0 && fdatasync(state.log) == 0
                state.isBroken = !isCut || (try? Self.mark(&state)) == nil
                throw error
            }
            state.places += CustodianLog.places(of: entries, from: before.length)
        }
    }

    public func compact(_ entries: [[UInt8]]) throws {
        try state.withLock { state in
            try Self.requireWhole(state)
            guard entries.allSatisfy({ $0.count <= CustodianLine.mostBytes }) else {
                throw CustodianError(.busy, "an entry is too long for the log")
            }
            let file = CustodianLog.encode(after: state.end.count, state.end.hash, entries)
            do {
                // From here on the mark, which is that of all entries so far, holds for the old file and the new one.
                try AtomicFile.write(file.bytes, to: logPath, replacing: true)
                let log = try Self.open(logPath)
                close(state.log)
                state.log = log
                state.baseHash = state.end.hash
                state.places = CustodianLog.places(of: entries, from: CustodianLog.baseBytes)
                state.end.count += UInt64(entries.count)
                state.end.hash = file.hash
                state.end.length = file.bytes.count
                try Self.mark(&state)
            } catch {
                // Which file has the log's name is not known.
                state.isBroken = true
                throw error
            }
        }
    }

    private static func mark(_ state: inout Open, isBinding: Bool = true) throws {
        let mark = CustodianMark(count: state.end.count, hash: state.end.hash)
        try write(mark.slot, to: state.mark, at: (1 - state.end.markedSlot) * CustodianMark.slotBytes)
        state.end.isMarkDue = true
        if isBinding { try flushMark(&state) }
    }

    private static func flushMark(_ state: inout Open) throws {
        guard fdatasync(state.mark) == 0 else { throw AtomicFile.failure("sync", "custodian.mark") }
        state.end.markedSlot = 1 - state.end.markedSlot
        state.end.isMarkDue = false
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, at offset: Int) throws {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe pwrite(descriptor, buffer.baseAddress! + written, buffer.count - written, off_t(offset + written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw AtomicFile.failure("write", "custodian.log") }
            written += count
        }
    }

    // MARK: keys

    public func epochKeys(_ epoch: Int64) throws -> SecretBytes? {
        guard FileManager.default.fileExists(atPath: keyPath) else { return nil }
        return try protection.open(AtomicFile.read(keyPath, limit: 1 << 20))["epoch-\(epoch)"]?.secret.duplicate()
    }

    public func setEpochKeys(_ keys: consuming SecretBytes, epoch: Int64) throws {
        let file = try KeyFile([KeyFileEntry("epoch-\(epoch)", keys)])
        try AtomicFile.write(protection.protect(file), to: keyPath, replacing: true)
    }
}

/// The clients that a custodian's people admitted, in `<home>/clients.json`; read again when the file changes.
public final class ClientFile: ClientDirectory {
    private struct Known: Sendable {
        var modified: Int64 = -1
        var clients: [[UInt8]: AdmittedClient] = [:]
    }

    private let path: String
    private let known = Mutex(Known())

    public init(home: String) { path = home + "/clients.json" }

    public func client(_ id: [UInt8]) -> AdmittedClient? {
        known.withLock { known in
            let modified = Self.modified(path)
            if modified != known.modified, let clients = try? ClientList(at: path).clients {
                known = Known(modified: modified, clients: clients)
            }
            return known.clients[id]
        }
    }

    private static func modified(_ path: String) -> Int64 {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return 0 }
        return Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }
}
