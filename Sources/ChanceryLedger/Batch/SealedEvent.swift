public import ChancerySuite
internal import ChanceryWire

/// A batch event with its seal and path: it verifies alone, with the signer's identity document and nothing else.
///
/// The verdict is about the event and the signer. The position is as the signer claims it: only the chain around the
/// event shows that nothing else stands there.
public struct SealedEvent: Sendable {
    public static let type = "chancery/sealed-event/v1"

    public let event: BatchEvent
    public let sequence: Int
    public let path: [Digest256]
    /// The seal's record, exactly as signed.
    public let sealBytes: [UInt8]

    /// Takes event `index` out of its batch.
    public init(_ index: Int, of events: [BatchEvent], under seal: BatchSeal) throws(LedgerError) {
        try seal.verify(events)
        let first = seal.claims.firstSequence
        let leaves = events.enumerated().map { $1.leaf(at: first + $0) }
        path = try MerkleTree.path(of: index, in: leaves)
        event = events[index]
        sequence = first + index
        sealBytes = seal.record.bytes
    }

    /// The document: `{"event","path","sequence","seal","type"}`, RFC 8785.
    public func encoded() throws -> [UInt8] {
        let document: JSONObject = [
            "event": try JSONParser.parse(event.bytes), "path": .array(path.map { .string(Hex.encode($0.bytes)) }),
            "seal": try JSONParser.parse(sealBytes), "sequence": .integer(Int64(sequence)), "type": .string(Self.type),
        ]
        return try CanonicalForm.jcs.encode(document)
    }

    /// Reads a document and verifies it against the signer's identity.
    ///
    /// - Throws: what is wrong with the event, the path (its length is exact for index and count) or the seal.
    public static func verify(_ bytes: [UInt8], by identity: IdentityDocument) throws -> SealedEvent {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 2 << 20, depth: 68))
        guard try CanonicalForm.jcs.encode(value) == bytes else {
            throw WireError(.notCanonical, "the sealed event is not in canonical form")
        }
        var reader = try RecordReader(value, "sealed event")
        guard try reader.string("type", limit: 64) == type else { throw WireError(.invalidValue, "not a sealed event") }
        let event = try BatchEvent(decoding: CanonicalForm.jcs.encode(reader.value("event")))
        let seal = try BatchSeal.verify(UnverifiedRecord(reader.value("seal")), by: identity)
        let sequence = Int(try reader.integer("sequence"))
        let path = try reader.array("path", limit: 64).map { element in
            guard let text = element.string, let digest = Digest256(try Hex.decode(text, count: 32)) else {
                throw WireError(.wrongType, "a path holds hashes")
            }
            return digest
        }
        try reader.finish()
        try seal.verify(event, at: sequence, path: path)
        return SealedEvent(event: event, sequence: sequence, path: path, sealBytes: seal.record.bytes)
    }

    private init(event: BatchEvent, sequence: Int, path: [Digest256], sealBytes: [UInt8]) {
        self.event = event
        self.sequence = sequence
        self.path = path
        self.sealBytes = sealBytes
    }
}
