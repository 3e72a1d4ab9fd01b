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

    /// The latest published checkpoint as it was signed; nil when none was published.
    ///
    /// - Throws: when it does not verify under the log's own keys.
    public func publishedNote() throws -> [UInt8]? {
        guard let bytes = try files.read(.checkpoint) else { return nil }
        _ = try verifier().verify(UnverifiedCheckpoint(decoding: bytes))
        return bytes
    }

    /// Checks that `protection` opens the log's signing key, before something is stored for a checkpoint's sake.
    func requireSigner(_ protection: KeyProtection) throws { _ = try files.exclusively { try signer(protection) } }

    /// Signs and publishes a checkpoint over everything stored. Without anything new, the published one is returned.
    ///
    /// The order is that of rule L4: intent on disk, signature, tiles, checkpoint.
    ///
    /// - Throws: `ledger.log_rollback` or `ledger.log_inconsistent` when the store contradicts what was signed before;
    ///   the refusal is recorded and nothing is signed. `store.corrupt` when a high-water mark cannot be read.
    public func publish(protection: KeyProtection) throws -> VerifiedCheckpoint {
        try files.exclusively {
            let signer = try signer(protection)
            let lineage = try lineage(of: signer.origin.text)
            try lineage.requireReadable()
            if let other = lineage.open.first {
                throw try recorded(
                    LedgerError(
                        .logInconsistent,
                        "a tree of \(other.head.size) was signed for this store as `\(other.origin)`; it does not go on as `\(signer.origin)`"
                    ))
            }
            let published = try published()
            if let published, lineage.current.isEmpty {
                throw try recorded(
                    LedgerError(
                        .logRollback,
                        "a tree of \(published.head.size) is published and its high-water mark is gone, so nothing tells whether this store is the latest; bring the state folder back, or continue with `log restart --origin NEW`"
                    ))
            }
            let wasRestored = try lineage.own.map { try $0.generation > store.generation() } ?? false
            if !wasRestored, let published, try published.head == store.frontier().head,
                lineage.current.allSatisfy({ $0.head == published.head })
            {
                return published
            }
            var attempt = try Attempt(self, signer.origin, published, lineage)
            if wasRestored {
                // What was signed is all there. What was not yet signed may be lost, and nothing else will tell.
                _ = try recorded(
                    LedgerError(.logRollback, "the database was restored from before an intent; all that was signed is there"))
                attempt = try Attempt(self, signer.origin, published, lineage)
            }
            return try finish(&attempt, signer, lineage)
        }
    }

    private func finish(_ attempt: inout Attempt, _ signer: LogSigner, _ lineage: LogLineage) throws -> VerifiedCheckpoint {
        let known = lineage.current.map(\.generation).max() ?? 0
        let generation = try store.advanceGeneration(beyond: known)
        try files.setMark(
            HighWaterMark(origin: signer.origin.text, store: lineage.store, head: attempt.head, generation: generation))
        guard case .sign(let permit) = attempt.guardian.intentRecorded() else {
            throw NodeError(.rejected, "the log's steps are out of order")
        }
        let note = try signer.sign(permit, timestamp: UInt64(clamping: now().seconds))
        for tile in attempt.growth.files { try files.write(tile) }
        guard try store.generation() == generation else {
            throw NodeError(.storeBusy, "another process took over signing; nothing was published")
        }
        try files.write(note, as: .checkpoint)
        _ = attempt.guardian.published()
        return try verifier().verify(UnverifiedCheckpoint(decoding: note))
    }

    /// A tree that continues everything known; nothing is written yet.
    private struct Attempt {
        let head: TreeHead
        let growth: LogGrowth
        var guardian: CheckpointGuard

        init(_ log: TransparencyLog, _ origin: NoteName, _ published: VerifiedCheckpoint?, _ lineage: LogLineage) throws {
            head = try log.store.frontier().head
            do {
                growth = try LogGrowth(from: published?.head ?? .empty, to: head, store: log.store, files: log.files)
            } catch let error as LedgerError where [.logRollback, .logInconsistent].contains(error.reason) {
                throw try log.recorded(error)
            }
            guardian = CheckpointGuard(
                origin: origin, published: published?.head, highWater: lineage.own?.head,
                witnessed: lineage.current.map(\.head))
            let growth = growth
            switch try guardian.propose(head, proof: { try growth.consistency(from: $0, to: $1) }) {
            case .recordIntent: return
            case .refuse(let error): throw try log.recorded(error)
            default: throw NodeError(.rejected, "the log's steps are out of order")
            }
        }
    }

    /// Leaves a record of the refusal in the store and gives the error back.
    func recorded(_ error: LedgerError) throws -> LedgerError {
        let statement = StoreStatement(
            StoreStatement.logIncident, now(), ["code": .string(error.code), "detail": .string(error.detail)])
        _ = try store.append([statement.record()], moving: [])
        return error
    }

    /// A tile or bundle of entries as it was published.
    ///
    /// - Throws: `node.not_found` when there is none of these coordinates.
    public func tile(_ coordinate: TileCoordinate) throws -> [UInt8] {
        do {
            return try files.tile(coordinate)
        } catch let error as NodeError where error.reason == .notFound {
            throw NodeError(.notFound, "`\(coordinate.path)` was not published")
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
