public import ChancerySuite
public import ChanceryWire

/// A checkpoint that carries both valid signatures of its log.
public struct VerifiedCheckpoint: Sendable, Hashable {
    public let checkpoint: Checkpoint
    /// When the log said that this was its largest tree, in seconds since 1970; zero when it said nothing.
    public let timestamp: UInt64
    public var head: TreeHead { checkpoint.head }

    fileprivate init(_ checkpoint: Checkpoint, _ timestamp: UInt64) {
        self.checkpoint = checkpoint
        self.timestamp = timestamp
    }
}

/// What the signatures of a checkpoint amount to.
public enum CheckpointVerdict: Sendable, Equatable {
    /// Both signatures of the log are valid.
    case verified(VerifiedCheckpoint)
    /// Only Ed25519 vouches for it: the post-quantum line is missing. Never a success in strict verification (rule L6).
    case classical(Checkpoint)
    case refused(LedgerError)
}

/// Checks the checkpoints of one log. Lines of other keys, such as witnesses', are passed over.
public struct CheckpointVerifier: Sendable {
    public let origin: NoteName
    private let key: VerifyingKey<Purpose.Log>
    private let noteKeys: [NoteKey]

    public init(origin: NoteName, key: VerifyingKey<Purpose.Log>) throws(WireError) {
        noteKeys = try NoteKey.keys(of: key, name: origin)
        self.origin = origin
        self.key = key
    }

    /// From the two verifier keys that a log publishes, in any order.
    ///
    /// - Throws: `wire.invalid_value` unless there is one of each kind, of one name.
    public init(_ keys: [NoteKey]) throws {
        let classical = keys.filter { $0.kind == .ed25519 }
        let postQuantum = keys.filter { $0.kind == .mlDSA44Cosignature }
        guard keys.count == 2, let first = classical.first, let second = postQuantum.first, first.name == second.name else {
            throw WireError(.invalidValue, "a log has an Ed25519 key and an ML-DSA-44 key of one name")
        }
        try self.init(origin: first.name, key: VerifyingKey(.log, first.publicKey + second.publicKey))
    }

    /// The checkpoint, if both signatures of the log are there and valid.
    ///
    /// - Throws: `ledger.checkpoint_origin`, `ledger.checkpoint_unsigned` when a line is missing,
    ///   `ledger.checkpoint_classical` when only the Ed25519 line is there, `ledger.checkpoint_forged` when one is false.
    public func verify(_ unverified: UnverifiedCheckpoint) throws(LedgerError) -> VerifiedCheckpoint {
        switch verdict(unverified) {
        case .verified(let checkpoint): return checkpoint
        case .classical: throw LedgerError(.checkpointClassical, "only Ed25519 vouches for the checkpoint of `\(origin)`")
        case .refused(let error): throw error
        }
    }

    /// What the signatures amount to. A false line of a known key refuses the whole checkpoint.
    public func verdict(_ unverified: UnverifiedCheckpoint) -> CheckpointVerdict {
        let checkpoint = unverified.checkpoint
        guard checkpoint.origin == origin else {
            return .refused(LedgerError(.checkpointOrigin, "the checkpoint is of `\(checkpoint.origin)`, not of `\(origin)`"))
        }
        var isClassicallySigned = false
        var timestamp: UInt64?
        for line in unverified.note.lines {
            guard let place = noteKeys.firstIndex(where: { $0.name == line.name && $0.id == line.keyID }) else { continue }
            let part = key.parts[place]
            switch noteKeys[place].kind {
            case .ed25519:
                isClassicallySigned = part.isValid(line.signature, for: unverified.note.text)
                guard isClassicallySigned else { return forged("Ed25519 signature") }
            case .mlDSA44Cosignature:
                let time = UInt64(bigEndianBytes: line.signature.prefix(8))
                let message = checkpoint.cosignedMessage(name: origin, timestamp: time)
                guard time <= UInt64(Int64.max), part.isValid(Array(line.signature.dropFirst(8)), for: message) else {
                    return forged("ML-DSA-44 cosignature")
                }
                timestamp = time
            }
        }
        return switch (isClassicallySigned, timestamp) {
        case (true, let timestamp?): .verified(VerifiedCheckpoint(checkpoint, timestamp))
        case (true, nil): .classical(checkpoint)
        case (false, _): .refused(LedgerError(.checkpointUnsigned, "the checkpoint lacks the Ed25519 signature of `\(origin)`"))
        }
    }

    private func forged(_ what: String) -> CheckpointVerdict {
        .refused(LedgerError(.checkpointForged, "the \(what) of `\(origin)` is false"))
    }
}
