internal import ChanceryGovernance
internal import ChancerySuite
internal import ChanceryWire

/// What nodes say to each other besides consensus. Nothing in it is trusted.
enum PeerMessage {
    case consensus(ConsensusMessage)
    /// A proposal or a ballot.
    case record(UnverifiedRecord)
    /// The certificate of a freeze or the proof of a contradiction: signed by nobody as a whole, it proves itself.
    case document(JSONValue, kind: String, bytes: [UInt8])
    case inventory(PeerInventory)

    /// Longest message in bytes.
    static let maximumBytes = ConsensusMessage.maximumBytes + 1024
    /// Longest document in bytes, by type.
    private static let documents = [
        BallotCertificate.type: BallotCertificate.maximumBytes, BallotEquivocation.type: ConsensusEquivocation.maximumBytes,
        ConsensusEquivocation.type: ConsensusEquivocation.maximumBytes,
    ]

    func encoded() throws -> [UInt8] {
        switch self {
        case .consensus(let message): try message.encoded()
        case .record(let record): record.bytes
        case .document(_, _, let bytes): bytes
        case .inventory(let inventory): try CanonicalForm.jcs.encode(inventory.json)
        }
    }

    /// Reads the form and the limits.
    init(decoding bytes: [UInt8]) throws {
        guard bytes.count <= Self.maximumBytes else {
            throw WireError(.tooLong, "a message of \(bytes.count) bytes is too long")
        }
        let value = try JSONParser.parse(bytes, limits: .init(bytes: Self.maximumBytes, depth: 32))
        let type = value["type"]?.string ?? ""
        if value["body"] != nil {
            self = .record(try UnverifiedRecord(decoding: bytes))
        } else if type == PeerInventory.type {
            self = .inventory(try PeerInventory(value))
        } else if let limit = Self.documents[type] {
            guard bytes.count <= limit else {
                throw WireError(.tooLong, "a `\(type)` of \(bytes.count) bytes is too long")
            }
            // One document has one form: it is known again by its hash.
            guard try CanonicalForm.jcs.encode(value) == bytes else {
                throw WireError(.notCanonical, "the document is not in canonical form")
            }
            self = .document(value, kind: type, bytes: bytes)
        } else {
            self = .consensus(try ConsensusMessage(decoding: bytes))
        }
    }
}
