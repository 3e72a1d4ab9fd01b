internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

extension TransparencyLog {
    /// Makes the log's keys under `origin` (a schema-less URL) and stores them.
    ///
    /// - Throws: `node.already_exists` when the log has keys or `origin` signed before, `node.key_missing` when this
    ///   store's log signed before and its keys are gone, `ledger.log_rollback` when the store is older than what was
    ///   signed for it. All but the first continue with ``restart(origin:protection:)``.
    public func start(origin: String, protection: KeyProtection) throws {
        try files.exclusively {
            guard try files.read(.keyFile) == nil else {
                guard try files.read(.verifierKeys) != nil else { throw Self.lost("the log's verifier keys (`vkeys`)") }
                throw NodeError(.alreadyExists, "the log has its keys already")
            }
            guard try files.read(.checkpoint) == nil else { throw Self.lost("the keys of the published checkpoint") }
            try requireFirst(origin)
            try writeKeys(origin: origin, protection: protection)
        }
    }

    private static func lost(_ what: String) -> NodeError {
        NodeError(.keyMissing, "\(what) are gone; restore them, or continue with `log restart --origin NEW`")
    }

    /// A log starts once for a store: whatever was signed for it before must be named by the log that follows.
    private func requireFirst(_ origin: String) throws {
        let former = try lineage(of: nil)
        try former.requireReadable()
        if let mark = former.open.max(by: { $0.head.size < $1.head.size }) {
            guard try continues(mark.head) else {
                throw try recorded(
                    LedgerError(
                        .logRollback,
                        "a tree of \(mark.head.size) was signed for this store as `\(mark.origin)`, and the store does not continue it"
                    ))
            }
            throw Self.lost("the keys of the store's log `\(mark.origin)`")
        }
        guard try store.generation() == 0 || store.records(RecordQuery(kind: StoreStatement.logStart, limit: 1)).first != nil
        else { throw Self.lost("the keys and high-water marks of the store's log") }
        guard
            try files.marks(of: origin, store: former.store).allSatisfy({ stored in
                guard case .success(let mark) = stored.content else { return false }
                return !mark.origin.utf8.elementsEqual(origin.utf8)
            })
        else { throw NodeError(.alreadyExists, "a log called `\(origin)` signed before; choose another name") }
    }

    /// Continues after a rollback, or after keys or marks were lost, under a new origin and key. A statement in the
    /// store names the last head that was signed or intended under the old one, and what could not be read (rule L5).
    public func restart(origin: String, protection: KeyProtection) throws {
        try files.exclusively {
            var unreadable: [JSONValue] = []
            let verifier = try? verifier()
            if verifier == nil { unreadable.append("verifier_keys") }
            var heads: [(origin: String, head: TreeHead)] = []
            let hasCheckpoint = try files.read(.checkpoint) != nil
            if hasCheckpoint, let published = try? published() {
                heads.append((published.checkpoint.origin.text, published.head))
            } else if hasCheckpoint {
                unreadable.append("checkpoint")
            }
            let lineage = try lineage(of: verifier?.origin.text)
            if !lineage.damaged.isEmpty { unreadable.append("high_water") }
            let marks = lineage.current + lineage.open + lineage.closed
            guard
                try verifier != nil || hasCheckpoint || !marks.isEmpty || !lineage.damaged.isEmpty
                    || files.read(.keyFile) != nil || store.generation() > 0
            else { throw NodeError(.notFound, "the log has not been started") }
            let names = [verifier?.origin.text].compactMap(\.self) + marks.map(\.origin)
            guard !names.contains(where: { $0.utf8.elementsEqual(origin.utf8) }) else {
                throw NodeError(.alreadyExists, "a log continues under a new origin, not under `\(origin)`")
            }
            heads += (lineage.current + lineage.open).map { ($0.origin, $0.head) }
            if heads.isEmpty { heads.append((verifier?.origin.text ?? "", .empty)) }
            // First what happened, then the change: a crash in between leaves a log that can be restarted or started.
            _ = try store.append(starts(of: origin, after: heads, unreadable), moving: [])
            try files.retire(lineage.damaged)
            try writeKeys(origin: origin, protection: protection)
        }
    }

    /// One statement for each name that signed before, with its largest head; the largest of all comes last.
    private func starts(
        of origin: String, after heads: [(origin: String, head: TreeHead)], _ unreadable: [JSONValue]
    ) throws -> [NewRecord] {
        let latest = Dictionary(grouping: heads) { Array($0.origin.utf8) }.values
            .compactMap { $0.max { $0.head.size < $1.head.size } }
            .sorted { $0.head.size < $1.head.size }
        return try latest.map { previous in
            try StoreStatement(
                StoreStatement.logStart, now(),
                [
                    "origin": .string(origin), "previous_origin": .string(previous.origin),
                    "previous_root": .string(previous.origin.isEmpty ? "" : Hex.encode(previous.head.root.bytes)),
                    "previous_size": .integer(Int64(clamping: previous.head.size)), "unreadable": .array(unreadable),
                ]
            ).record()
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

    /// The private keys, which sign only what ``publish(protection:)`` permits.
    func signer(_ protection: KeyProtection) throws -> LogSigner {
        guard let bytes = try files.read(.keyFile) else {
            guard try files.read(.verifierKeys) == nil else { throw Self.lost("the log's private keys") }
            throw NodeError(.notFound, "the log has not been started")
        }
        guard try files.read(.verifierKeys) != nil else { throw Self.lost("the log's verifier keys (`vkeys`)") }
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

    /// How the log's private keys rest on disk.
    public func keyCustody() throws -> KeyCustody {
        guard let bytes = try files.read(.keyFile) else { return .absent }
        return KeyFile.looksEncrypted(bytes) ? .passphrase : .unencrypted
    }
}
