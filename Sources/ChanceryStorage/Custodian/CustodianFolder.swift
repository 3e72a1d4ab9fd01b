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
        var entries: [[UInt8]]
        /// Where in the file each entry begins.
        var places: [Int]
        var count: UInt64
        var hash: [UInt8]
        var length: Int
        /// Which of the mark's two slots is durable and not written over; the other one takes what comes.
        var markedSlot: Int
        /// Whether the mark went on and may not be durable.
        var isMarkDue = false
        var isBroken = false
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
        let existed = FileManager.default.fileExists(atPath: logPath)
        let log = try CustodianLog(existed ? AtomicFile.read(logPath, limit: 4 << 30) : [])
        let isMarked = FileManager.default.fileExists(atPath: markPath)
        let (slot, mark) = try CustodianMark.read(isMarked ? AtomicFile.read(markPath) : [])
        let count = log.base + UInt64(log.entries.count)
        guard count >= mark?.count ?? 0,
            mark.map({ $0.count >= log.base && log.hashes[Int($0.count - log.base)] == $0.hash })
                ?? (log.entries.isEmpty && log.base == 0)
        else {
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
                log: logFile, mark: markFile, entries: log.entries, places: log.places, count: count,
                hash: log.hashes[log.entries.count], length: log.length, markedSlot: slot))
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

    /// The entries that were there when the folder was opened, or compacted; nothing is held of them after the first append.
    public func entries() -> [[UInt8]] { state.withLock { $0.entries } }

    public func entry(_ number: Int) throws -> [UInt8] {
        try state.withLock { state in
            guard state.places.indices.contains(number) else {
                throw CustodianError(.logBroken, "the log has no entry \(number)")
            }
            let place = state.places[number]
            let end = number + 1 < state.places.count ? state.places[number + 1] : state.length
            return try Self.read(end - place - CustodianLog.frameBytes, from: state.log, at: place + CustodianLog.lengthBytes)
        }
    }

    public func append(_ entries: [[UInt8]]) throws { try append(entries, isBinding: true) }
    public func tell(_ entries: [[UInt8]]) throws { try append(entries, isBinding: false) }

    public func settle() throws {
        try state.withLock { state in
            try Self.requireWhole(state)
            if state.isMarkDue { try Self.flushMark(&state) }
        }
    }

    private static func requireWhole(_ state: Open) throws {
        guard !state.isBroken else { throw CustodianError(.stateLost, "the log could not be written before") }
    }

    private func append(_ entries: [[UInt8]], isBinding: Bool) throws {
        guard !entries.isEmpty else { return }
        try state.withLock { state in
            state.entries = []
            try Self.requireWhole(state)
            var bytes: [UInt8] = []
            var hash = state.hash
            for entry in entries {
                guard entry.count <= CustodianLog.mostBytes else {
                    throw CustodianError(.busy, "an entry is too long for the log")
                }
                hash = CustodianLog.hash(after: hash, entry)
                bytes += CustodianLog.encode(entry, hash: hash)
            }
            let before = state
            do {
                try Self.write(bytes, to: state.log, at: state.length)
                guard fdatasync(state.log) == 0 else { throw AtomicFile.failure("sync", "custodian.log") }
                (state.hash, state.length, state.count) = (
                    hash, state.length + bytes.count, state.count + UInt64(entries.count)
                )
                try Self.mark(&state, isBinding: isBinding)
            } catch {
                // What was written and not acknowledged goes, and the mark says what it said before, so that the next start finds
                // what was. Where even that fails, what is on the disk is not known.
                state = before
                let isCut = ftruncate(state.log, off_t(state.length)) == 0 && fdatasync(state.log) == 0
                state.isBroken = !isCut || (try? Self.mark(&state)) == nil
                throw error
            }
            state.places += CustodianLog.places(of: entries, from: state.length - bytes.count)
        }
    }

    public func compact(_ entries: [[UInt8]]) throws {
        try state.withLock { state in
            try Self.requireWhole(state)
            guard entries.allSatisfy({ $0.count <= CustodianLog.mostBytes }) else {
                throw CustodianError(.busy, "an entry is too long for the log")
            }
            let file = CustodianLog.encode(after: state.count, state.hash, entries)
            // From here on the mark, which is that of all entries so far, holds for the old file and the new one.
            try AtomicFile.write(file.bytes, to: logPath, replacing: true)
            let log = try Self.open(logPath)
            close(state.log)
            (state.log, state.hash, state.length, state.entries) = (log, file.hash, file.bytes.count, entries)
            state.places = CustodianLog.places(of: entries, from: CustodianLog.baseBytes)
            state.count += UInt64(entries.count)
            do {
                try Self.mark(&state)
            } catch {
                state.isBroken = true
                throw error
            }
        }
    }

    private static func mark(_ state: inout Open, isBinding: Bool = true) throws {
        let mark = CustodianMark(count: state.count, hash: state.hash)
        try write(mark.slot, to: state.mark, at: (1 - state.markedSlot) * CustodianMark.slotBytes)
        state.isMarkDue = true
        if isBinding { try flushMark(&state) }
    }

    private static func flushMark(_ state: inout Open) throws {
        guard fdatasync(state.mark) == 0 else { throw AtomicFile.failure("sync", "custodian.mark") }
        state.markedSlot = 1 - state.markedSlot
        state.isMarkDue = false
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

    private static func read(_ count: Int, from descriptor: Int32, at offset: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var read = 0
        while read < count {
            let part = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(descriptor, buffer.baseAddress! + read, buffer.count - read, off_t(offset + read))
            }
            if part < 0, errno == EINTR { continue }
            guard part > 0 else { throw AtomicFile.failure("read", "custodian.log") }
            read += part
        }
        return bytes
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
