public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// The log over everything in the store: signs checkpoints that never contradict each other, and proves inclusion.
public final class TransparencyLog: Sendable {
    public typealias Store = RecordStore & RecordIndex & SigningFence

    let store: any Store
    let files: any LogFiles
    let now: @Sendable () -> UTCTime

    public init(store: any Store, files: any LogFiles, now: @escaping @Sendable () -> UTCTime) {
        self.store = store
        self.files = files
        self.now = now
    }

    /// The verifier keys of the log; nil before ``start(origin:protection:)``.
    public func verifierKeys() throws -> [NoteKey]? {
        guard let bytes = try files.read(.verifierKeys) else { return nil }
        return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { try NoteKey($0) }
    }

    /// The verifier of the log's own checkpoints.
    public func verifier() throws -> CheckpointVerifier {
        guard let keys = try verifierKeys() else { throw NodeError(.notFound, "the log has not been started") }
        return try CheckpointVerifier(keys)
    }

    /// The latest published checkpoint, verified; nil when none was published.
    public func published() throws -> VerifiedCheckpoint? {
        guard let bytes = try files.read(.checkpoint) else { return nil }
        return try verifier().verify(UnverifiedCheckpoint(decoding: bytes))
    }

    /// Makes the log's keys under `origin` (a schema-less URL) and stores them.
    ///
    /// - Throws: `node.already_exists` when the log has keys, `node.key_missing` when it published a checkpoint and its
    ///   keys are gone: such a log continues with ``restart(origin:protection:)``.
    public func start(origin: String, protection: KeyProtection) throws {
        try files.exclusively {
            guard try files.read(.keyFile) == nil else { throw NodeError(.alreadyExists, "the log has its keys already") }
            guard try files.read(.checkpoint) == nil else {
                throw NodeError(
                    .keyMissing, "the keys of the published checkpoint are gone; restart the log under a new origin")
            }
            try writeKeys(origin: origin, protection: protection)
        }
    }

    private func writeKeys(origin: String, protection: KeyProtection) throws {
        let key = try SigningKey<Purpose.Log>.generate(.log)
        let signer = try LogSigner(origin: NoteName(origin), key: key)
        let entries = try key.parts.map { part in
            guard let seed = part.exportSeed() else { throw NodeError(.keyMissing, "a log key has a seed") }
            return try KeyFileEntry(KeyRing.label("log", part.algorithm), seed)
        }
        let vkeys = signer.noteKeys.map { $0.text + "\n" }.joined()
        let keyFile = try protection.protect(KeyFile(entries))
        // The key file comes last: once it is there, the log has started.
        try files.write(Array(vkeys.utf8), as: .verifierKeys)
        try files.write(keyFile, as: .keyFile)
    }

    private func signer(_ protection: KeyProtection) throws -> LogSigner {
        guard let bytes = try files.read(.keyFile) else { throw NodeError(.notFound, "the log has not been started") }
        let file = try protection.open(bytes)
        let parts = try SignatureSuite.log.algorithms.map { algorithm in
            guard let entry = file[KeyRing.label("log", algorithm)] else {
                throw NodeError(.keyMissing, "the log's key file lacks its \(algorithm.rawValue) key")
            }
            return try PrivateSignatureKey(algorithm, seed: entry.secret.duplicate())
        }
        let verifier = try verifier()
        let key = try SigningKey<Purpose.Log>(.log, parts: parts)
        let signer = try LogSigner(origin: verifier.origin, key: key)
        guard try signer.noteKeys == verifierKeys() else {
            throw NodeError(.storeCorrupt, "the log's key file and its published keys do not belong together")
        }
        return signer
    }

    /// Signs and publishes a checkpoint over everything stored. Without anything new, the published one is returned.
    ///
    /// The order is that of rule L4: intent on disk, signature, tiles, checkpoint.
    ///
    /// - Throws: `ledger.log_rollback` or `ledger.log_inconsistent` when the store contradicts what was signed before;
    ///   the refusal is recorded and nothing is signed.
    public func publish(protection: KeyProtection) throws -> VerifiedCheckpoint {
        try files.exclusively {
            let signer = try signer(protection)
            let generation = try store.advanceGeneration()
            let published = try published()
            let head = try store.frontier().head
            let highWater = try files.highWater(of: signer.origin.text)
            if let published, published.head == head, highWater == head { return published }
            let growth: LogGrowth
            do {
                growth = try LogGrowth(from: published?.head ?? .empty, to: head, store: store, files: files)
            } catch let error as LedgerError where [.logRollback, .logInconsistent].contains(error.reason) {
                throw try recorded(error)
            }
            var guardian = CheckpointGuard(origin: signer.origin, published: published?.head, highWater: highWater)
            guard case .recordIntent(let intent) = try step(guardian.propose(head) { try growth.consistency(from: $0, to: $1) })
            else { throw NodeError(.rejected, "the log's steps are out of order") }
            try files.setHighWater(intent, of: signer.origin.text)
            guard case .sign(let permit) = guardian.intentRecorded() else {
                throw NodeError(.rejected, "the log's steps are out of order")
            }
            let note = try signer.sign(permit, timestamp: UInt64(clamping: now().seconds))
            for tile in growth.files { try files.write(tile) }
            guard try store.generation() == generation else {
                throw NodeError(.storeBusy, "another process took over signing; nothing was published")
            }
            try files.write(note, as: .checkpoint)
            _ = guardian.published()
            return try verifier().verify(UnverifiedCheckpoint(decoding: note))
        }
    }

    private func step(_ step: CheckpointGuard.Step) throws -> CheckpointGuard.Step {
        guard case .refuse(let error) = step else { return step }
        throw try recorded(error)
    }

    /// Leaves a record of the refusal in the store and gives the error back.
    private func recorded(_ error: LedgerError) throws -> LedgerError {
        let statement = StoreStatement(
            StoreStatement.logIncident, now(), ["code": .string(error.code), "detail": .string(error.detail)])
        _ = try store.append([statement.record()], moving: [])
        return error
    }

    /// Continues after a rollback under a new origin and key; a statement names the last head that was signed or
    /// intended under the old one (rule L5).
    public func restart(origin: String, protection: KeyProtection) throws {
        try files.exclusively {
            let old = try verifier()
            let last = try files.highWater(of: old.origin.text) ?? published()?.head
            guard old.origin.text != origin else {
                throw NodeError(.alreadyExists, "a log continues under a new origin, not under `\(origin)`")
            }
            let statement = StoreStatement(
                StoreStatement.logStart, now(),
                [
                    "origin": .string(origin), "previous_origin": .string(old.origin.text),
                    "previous_root": .string(last.map { Hex.encode($0.root.bytes) } ?? ""),
                    "previous_size": .integer(Int64(clamping: last?.size ?? 0)),
                ])
            // First what happened, then the change: a crash in between leaves a log that can be restarted or started.
            _ = try store.append([statement.record()], moving: [])
            try files.retire()
            try writeKeys(origin: origin, protection: protection)
        }
    }

    /// The offline proof that the record at `position` stands in the published log.
    public func prove(_ position: UInt64) throws -> LogProof {
        guard let published = try published(), let bytes = try files.read(.checkpoint) else {
            throw NodeError(.notFound, "no checkpoint was published yet")
        }
        guard position < published.head.size else {
            throw NodeError(.notFound, "record \(position) is newer than the checkpoint; publish one first")
        }
        var tree = try TiledTree(size: published.head.size, reader: FilesReader(files))
        return try LogProof(tree.inclusionProof(of: position), checkpoint: UnverifiedCheckpoint(decoding: bytes))
    }
}

/// Lends the tiles of a port to code that is generic over readers.
struct FilesReader: LogTileReader {
    private let files: any LogFiles

    init(_ files: any LogFiles) { self.files = files }

    func tile(_ coordinate: TileCoordinate) throws -> [UInt8] { try files.tile(coordinate) }
}

extension TransparencyLog {
    /// How the log's private keys rest on disk.
    public func keyCustody() throws -> KeyCustody {
        guard let bytes = try files.read(.keyFile) else { return .absent }
        return KeyFile.looksEncrypted(bytes) ? .passphrase : .unencrypted
    }
}
