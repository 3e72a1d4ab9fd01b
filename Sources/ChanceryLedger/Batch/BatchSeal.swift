public import ChancerySuite
public import ChanceryWire

/// One signature over many events: the Merkle root of a batch, its place in the chain and in the row of seals.
public struct BatchSeal: Sendable {
    public static let type = "chancery/seal/v1"
    /// Most events under one seal.
    public static let maximumCount = 8192

    /// What the signer claims.
    public struct Claims: Sendable, Equatable {
        public let did: DID
        public let agentID: AgentID
        /// The hash of the identity document whose record key signs.
        public let identity: [UInt8]
        /// What the first event of the chain names as its predecessor.
        public let genesis: String
        /// The number of this seal, from 0.
        public let batch: Int
        /// The id of the seal before; nil for the first.
        public let previousSeal: [UInt8]?
        public let firstSequence: Int
        public let count: Int
        /// The hash of the event before the batch.
        public let previousHead: String
        /// The hash of the last event of the batch.
        public let head: String
        public let root: Digest256
        public let time: UTCTime

        package init(
            did: DID, agentID: AgentID, identity: [UInt8], genesis: String, batch: Int, previousSeal: [UInt8]?,
            firstSequence: Int, count: Int, previousHead: String, head: String, root: Digest256, time: UTCTime
        ) {
            self.did = did
            self.agentID = agentID
            self.identity = identity
            self.genesis = genesis
            self.batch = batch
            self.previousSeal = previousSeal
            self.firstSequence = firstSequence
            self.count = count
            self.previousHead = previousHead
            self.head = head
            self.root = root
            self.time = time
        }
    }

    public let record: VerifiedRecord
    public let claims: Claims

    public var id: [UInt8] { record.id }

    /// Verifies a seal against the identity that is said to have made it.
    ///
    /// - Throws: `ledger.seal_foreign` when the seal names another identity or agent; the errors of a false signature.
    public static func verify(_ record: UnverifiedRecord, by identity: IdentityDocument) throws -> BatchSeal {
        let claims = try Claims(record.body)
        guard claims.did == identity.did, claims.identity == identity.hash, claims.agentID == identity.agentID else {
            throw LedgerError(.sealForeign, "the seal names another identity than the registry")
        }
        return BatchSeal(record: try record.verify(type: type, by: identity.recordKey), claims: claims)
    }

    /// Signs `claims`. `salt` is 16 random bytes.
    public static func sign(
        _ claims: Claims, by key: SigningKey<Purpose.Record>, salt: [UInt8]
    ) throws -> BatchSeal {
        BatchSeal(record: try VerifiedRecord.sign(claims.body(salt: salt), type: type, by: key), claims: claims)
    }

    /// Checks that this seal follows `previous`, or starts the row when that is nil.
    public func requireFollows(_ previous: BatchSeal?) throws(LedgerError) {
        let follows: Bool
        if let previous {
            follows =
                claims.agentID == previous.claims.agentID && claims.genesis == previous.claims.genesis
                && claims.batch == previous.claims.batch + 1 && claims.previousSeal == previous.id
                && claims.firstSequence == previous.claims.firstSequence + previous.claims.count
                && claims.previousHead == previous.claims.head && claims.time >= previous.claims.time
        } else {
            follows =
                claims.batch == 0 && claims.previousSeal == nil && claims.firstSequence == 0
                && claims.previousHead == claims.genesis
        }
        guard follows else { throw LedgerError(.sealBroken, "seal \(claims.batch) does not follow the seal before it") }
    }

    /// Checks that `event` stands under this seal, at the place `sequence` of its chain.
    ///
    /// - Throws: `ledger.seal_mismatch`, and what is wrong with a path of another length.
    public func verify(_ event: BatchEvent, at sequence: Int, path: [Digest256]) throws(LedgerError) {
        let index = sequence - claims.firstSequence
        guard event.agentID == claims.agentID, index >= 0, index < claims.count else {
            throw LedgerError(.sealMismatch, "the seal does not cover position \(sequence)")
        }
        let proof = try InclusionProof(index: UInt64(index), size: UInt64(claims.count), path: path)
        try proof.verify(leaf: event.leaf(at: sequence), root: claims.root)
    }

    /// Whether two different valid seals of one agent contradict each other: a portable proof of a fork (rule L3).
    public func contradicts(_ other: BatchSeal) -> Bool {
        guard id != other.id, claims.agentID == other.claims.agentID else { return false }
        let mine = claims.firstSequence..<claims.firstSequence + claims.count
        let theirs = other.claims.firstSequence..<other.claims.firstSequence + other.claims.count
        return claims.batch == other.claims.batch || mine.overlaps(theirs)
    }
}

extension BatchSeal.Claims {
    fileprivate func body(salt: [UInt8]) -> JSONObject {
        let body: JSONValue = [
            "agent_id": .string(agentID.text), "batch": .integer(Int64(batch)), "count": .integer(Int64(count)),
            "did": .string(did.text), "first_seq": .integer(Int64(firstSequence)), "genesis": .string(genesis),
            "head": .string(head), "identity": .string(Hex.encode(identity)), "previous_head": .string(previousHead),
            "previous_seal": previousSeal.map { .string(Hex.encode($0)) } ?? .null, "root": .string(Hex.encode(root.bytes)),
            "salt": .string(Base64.url.encode(salt)), "time": .string(time.text),
        ]
        return body.object ?? JSONObject()
    }

    init(_ body: JSONObject) throws {
        var reader = RecordReader(body, "seal")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("salt", count: 16)
        let limit: Int64 = 1 << 48
        guard let root = Digest256(try reader.hex("root", count: 32)) else {
            throw LedgerError(.sealMalformed, "the root is not a digest")
        }
        self.init(
            did: try DID(reader.string("did", limit: 128)), agentID: try AgentID(reader.string("agent_id", limit: 64)),
            identity: try reader.hex("identity", count: 32), genesis: Hex.encode(try reader.hex("genesis", count: 64)),
            batch: Int(try reader.integer("batch", in: 0...limit)),
            previousSeal: try reader.value("previous_seal").isNull ? nil : reader.hex("previous_seal", count: 32),
            firstSequence: Int(try reader.integer("first_seq", in: 0...limit)),
            count: Int(try reader.integer("count", in: 1...Int64(BatchSeal.maximumCount))),
            previousHead: Hex.encode(try reader.hex("previous_head", count: 64)),
            head: Hex.encode(try reader.hex("head", count: 64)), root: root,
            time: try UTCTime(reader.string("time", limit: 32)))
        try reader.finish()
    }
}
