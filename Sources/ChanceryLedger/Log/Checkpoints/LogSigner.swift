public import ChancerySuite
public import ChanceryWire

/// Signs the checkpoints of one log, always with both of its keys: an Ed25519 note signature and an ML-DSA-44
/// cosignature, both by the log's name (rule K5).
public struct LogSigner: Sendable {
    public let origin: NoteName
    /// The verifier keys to publish.
    public let noteKeys: [NoteKey]
    private let key: SigningKey<Purpose.Log>

    /// - Throws: `wire.invalid_value` for a key of another suite than ``SignatureSuite/log``.
    public init(origin: NoteName, key: SigningKey<Purpose.Log>) throws(WireError) {
        noteKeys = try NoteKey.keys(of: key.publicKey, name: origin)
        self.origin = origin
        self.key = key
    }

    /// The bytes of the signed checkpoint.
    ///
    /// `timestamp` is in seconds since 1970, within 63 bits. It states that this is the largest tree at that time; give
    /// zero to state nothing (rule L6).
    ///
    /// - Throws: `ledger.checkpoint_origin` for the permit of another log, `wire.number_out_of_range` for the timestamp.
    public func sign(_ permit: SigningPermit, timestamp: UInt64) throws -> [UInt8] {
        let checkpoint = permit.checkpoint
        guard checkpoint.origin == origin else {
            throw LedgerError(.checkpointOrigin, "the log `\(origin)` does not sign for `\(checkpoint.origin)`")
        }
        guard timestamp <= UInt64(Int64.max) else {
            throw WireError(.numberOutOfRange, "a timestamp lies within 63 bits, found \(timestamp)")
        }
        let lines = try zip(noteKeys, key.parts).map { noteKey, part in
            let signature =
                switch noteKey.kind {
                case .ed25519: try part.sign(checkpoint.text)
                case .mlDSA44Cosignature:
                    try timestamp.bigEndianBytes + part.sign(checkpoint.cosignedMessage(name: origin, timestamp: timestamp))
                }
            return try SignedNote.Line(name: origin, keyID: noteKey.id, signature: signature)
        }
        return try SignedNote(text: checkpoint.text, lines: lines).encoded
    }
}
