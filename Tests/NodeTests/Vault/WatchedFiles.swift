import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryVault
import Foundation
import Synchronization
import TestKit

/// The files of a vault with a watcher between: it stops a put at the step that a test names, and knows every ciphertext that was
/// handed over, by salt and chunk, also those that a crash took back.
final class WatchedFiles: VaultFiles {
    struct Stop: Error {}

    struct Seen {
        var steps = 0
        var stopAt: Int?
        /// Hash of the ciphertext by salt and chunk.
        var sealed: [[UInt8]: [UInt8]] = [:]
        var salts: Set<[UInt8]> = []
        /// What must never happen.
        var violations: [String] = []
        /// Entries of each ledger that are durable.
        var recorded: [Int: Int] = [:]
    }

    private let base: VaultFolder
    let seen = Mutex(Seen())
    /// Runs once when the files are next waited for or a body is opened, as something that another process does meanwhile.
    let meanwhile = Mutex<(@Sendable () -> Void)?>(nil)

    init(_ base: VaultFolder) { self.base = base }

    /// One step of the put. The next ones fail too, as of a process that is no more.
    func step() throws {
        try seen.withLock { seen in
            seen.steps += 1
            if let stop = seen.stopAt, seen.steps >= stop { throw Stop() }
        }
    }

    func exclusively<Value>(_ body: () throws -> Value) throws -> Value {
        actMeanwhile()
        return try base.exclusively(body)
    }
    func read(_ file: VaultFile) throws -> [UInt8]? { try base.read(file) }
    func write(_ bytes: [UInt8], as file: VaultFile, replacing: Bool) throws {
        if case .mark = file { return try base.write(bytes, as: file, replacing: replacing) }
        try step()
        try base.write(bytes, as: file, replacing: replacing)
    }
    func write(_ all: [(file: VaultFile, bytes: [UInt8])]) throws {
        // A crash may come between any two of them.
        for one in all {
            try step()
            try base.write([one])
        }
    }
    func erase(_ file: VaultFile) throws { try base.erase(file) }
    func erase(_ all: [VaultFile]) throws { try base.erase(all) }
    func keyFiles() throws -> [VaultFile] { try base.keyFiles() }
    func draft(of artifact: ArtifactID, version: Int64) throws -> any VaultDraft {
        try base.draft(of: artifact, version: version)
    }
    func resumableDraft(of name: ArtifactName) throws -> any VaultResumableDraft {
        try WatchedDraft(base.resumableDraft(of: name), self)
    }
    func removeLeftovers(isKnown: (ArtifactID, Int64) -> Bool) throws -> Int {
        try step()
        return try base.removeLeftovers(isKnown: isKnown)
    }
    func open(_ part: VaultBodyPart, of artifact: ArtifactID, version: Int64, index: Int) throws -> any VaultReading {
        actMeanwhile()
        return try base.open(part, of: artifact, version: version, index: index)
    }

    private func actMeanwhile() {
        let action = meanwhile.withLock { held -> (@Sendable () -> Void)? in
            defer { held = nil }
            return held
        }
        action?()
    }
    func remove(_ artifact: ArtifactID, version: Int64) throws { try base.remove(artifact, version: version) }
}

private final class WatchedDraft: VaultResumableDraft {
    private let base: any VaultResumableDraft
    private let files: WatchedFiles

    init(_ base: any VaultResumableDraft, _ files: WatchedFiles) {
        self.base = base
        self.files = files
    }

    func aim(at artifact: ArtifactID, version: Int64) { base.aim(at: artifact, version: version) }
    func attempt() throws -> [UInt8]? { try base.attempt() }
    func bodyLength(_ index: Int) throws -> UInt64 { try base.bodyLength(index) }
    func abandon() throws -> Bool { try base.abandon() }
    func discard() { base.discard() }

    func keep(_ attempt: [UInt8]) throws {
        try files.step()
        try base.keep(attempt)
    }
    func forget() throws {
        try files.step()
        try base.forget()
    }
    func clear() throws {
        try files.step()
        try base.clear()
    }
    func removeBody(_ index: Int) throws {
        try files.step()
        try base.removeBody(index)
    }
    func commit() throws {
        try files.step()
        try base.commit()
    }
    func ledger(_ index: Int) throws -> any VaultLedgerFile { WatchedLedger(try base.ledger(index), files, index) }
    func create(_ part: VaultBodyPart, index: Int) throws -> any VaultWriting {
        try files.step()
        return WatchedWriting(try base.create(part, index: index), files, part == .body ? index : nil)
    }
}

private final class WatchedLedger: VaultLedgerFile {
    private let base: any VaultLedgerFile
    private let files: WatchedFiles
    private let index: Int

    init(_ base: any VaultLedgerFile, _ files: WatchedFiles, _ index: Int) {
        (self.base, self.files, self.index) = (base, files, index)
        note()
    }

    var byteCount: UInt64 { base.byteCount }
    func read(into buffer: inout MutableSpan<UInt8>, at offset: UInt64) throws -> Int {
        try base.read(into: &buffer, at: offset)
    }
    func append(_ bytes: Span<UInt8>, at offset: UInt64) throws {
        do { try files.step() } catch {
            // The crash comes in the middle of an entry.
            try base.append(bytes.extracting(0..<bytes.count / 2), at: offset)
            throw error
        }
        try base.append(bytes, at: offset)
        note()
    }

    private func note() {
        let entries = (Int(base.byteCount) - ResumeHeader.byteCount) / ResumeLedger.entryBytes
        files.seen.withLock { $0.recorded[index] = max(0, entries) }
    }
}

private final class WatchedWriting: VaultWriting {
    private let base: any VaultWriting
    private let files: WatchedFiles
    /// Of a body; nil for a tree.
    private let index: Int?
    private var salt: [UInt8] = []
    private var chunk = 0

    init(_ base: any VaultWriting, _ files: WatchedFiles, _ index: Int?) {
        (self.base, self.files, self.index) = (base, files, index)
    }

    func append(_ bytes: Span<UInt8>) throws {
        if let index { look(at: bytes, index) }
        do { try files.step() } catch {
            try base.append(bytes.extracting(0..<bytes.count / 2))
            throw error
        }
        try base.append(bytes)
    }

    func finish() throws {
        try files.step()
        try base.finish()
    }

    private func look(at span: Span<UInt8>, _ index: Int) {
        let bytes = span.indices.map { span[$0] }
        if salt.isEmpty {
            salt = Array(bytes.prefix(BodyHeader.saltBytes))
            return files.seen.withLock { [salt] in _ = $0.salts.insert(salt) }
        }
        for start in stride(from: 0, to: bytes.count, by: BodyGeometry.sealedChunkBytes) {
            let sealed = Digest.sha256(Array(bytes[start..<min(start + BodyGeometry.sealedChunkBytes, bytes.count)]))
            let place = salt + Array("\(chunk)".utf8)
            files.seen.withLock { [chunk] seen in
                if let known = seen.sealed.updateValue(sealed, forKey: place), known != sealed {
                    seen.violations.append("chunk \(chunk) was sealed twice under one salt")
                }
                if seen.recorded[index] ?? 0 <= chunk { seen.violations.append("chunk \(chunk) is not on record") }
            }
            chunk += 1
        }
    }
}

/// Content that may say that it cannot be read twice, and that runs something when it is first read.
final class StreamContent: VaultContent {
    private let base: BytesContent
    private var begins: (() -> Void)?

    init(_ bytes: [UInt8], begins: (() -> Void)? = nil) {
        base = BytesContent(bytes)
        self.begins = begins
    }

    func read(into buffer: inout MutableSpan<UInt8>) throws -> Int {
        begins?()
        begins = nil
        return try base.read(into: &buffer)
    }
}
