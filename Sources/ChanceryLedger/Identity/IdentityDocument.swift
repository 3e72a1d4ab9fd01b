public import ChancerySuite
public import ChanceryWire

/// Who somebody is: a DID, the keys that act for it, and the commitment to the next root key.
///
/// A document is self-signed by its root; document n+1 is signed by the old root and by the new one, which document n
/// committed to (rule K3). A value of this type was verified; pin ``hash`` to pin every key.
public struct IdentityDocument: Sendable {
    public static let type = "chancery/identity/v1"

    /// The exact bytes.
    public let record: VerifiedRecord
    /// Stays the same across rotations.
    public let did: DID
    /// 0 for the first document.
    public let number: Int64
    /// The hash of the document before; nil for the first.
    public let previous: [UInt8]?
    public let name: String
    public let createdAt: UTCTime
    public let rootKey: VerifyingKey<Purpose.Root>
    /// SHA3-256 of the next root key's id.
    public let nextRootHash: [UInt8]
    public let recordKey: VerifyingKey<Purpose.Record>
    public let aissKey: VerifyingKey<Purpose.AISS>
    public let sealingKey: EncapsulationKey

    /// SHA3-256 of the body: what callers pin.
    public var hash: [UInt8] { record.id }

    /// The first document of an identity. `salt` is 16 random bytes.
    public static func create(
        name: String, keys: IdentityKeys, at time: UTCTime, salt: [UInt8]
    ) throws -> IdentityDocument {
        let did = DID(root: keys.root.publicKey)
        let body = try body(did: did, number: 0, previous: nil, name: name, keys: keys, time: time, salt: salt)
        return try IdentityDocument(VerifiedRecord.sign(body, type: type, by: keys.root))
    }

    /// The document that follows, signed by `old` and `new` root.
    public func rotate(
        from old: IdentityKeys, to new: IdentityKeys, at time: UTCTime, salt: [UInt8]
    ) throws -> IdentityDocument {
        let body = try Self.body(
            did: did, number: number + 1, previous: hash, name: name, keys: new, time: time, salt: salt)
        let record = try VerifiedRecord.sign(body, type: Self.type, by: [RecordSigner(old.root), RecordSigner(new.root)])
        return try Self.verify(UnverifiedRecord(decoding: record.bytes), after: self)
    }

    private static func body(
        did: DID, number: Int64, previous: [UInt8]?, name: String, keys: IdentityKeys, time: UTCTime, salt: [UInt8]
    ) throws -> JSONObject {
        func entry<Use: KeyPurpose>(_ key: SigningKey<Use>) throws -> JSONValue {
            let message = try ProofOfPossession.message(did: did, number: number, purpose: Use.name)
            return [
                "key": .string(Base64.url.encode(key.publicKey.bytes)),
                "proof": .string(Base64.url.encode(try ProofOfPossession.sign(key, message))),
                "purpose": .string(Use.name), "suite": .string(key.suite.rawValue),
            ]
        }
        let aiss = keys.aiss.parts.map(\.publicKey)
        let body: JSONValue = [
            "agent_id": .string(AgentID(classical: aiss[0], postQuantum: aiss[1]).text),
            "classical_agent_id": .string(AgentID(classical: aiss[0]).text), "created_at": .string(time.text),
            "did": .string(did.text),
            "keys": .array([try entry(keys.root), try entry(keys.record), try entry(keys.aiss)]),
            "n": .integer(number), "name": .string(name),
            "next": .string(Hex.encode(Digest.sha3_256(keys.nextRoot.publicKey.id))),
            "previous": previous.map { .string(Hex.encode($0)) } ?? .null,
            "salt": .string(Base64.url.encode(salt)),
            "sealing": [
                "key": .string(Base64.url.encode(keys.sealing.publicKey)), "suite": .string(keys.sealing.algorithm.rawValue),
            ],
        ]
        return body.object ?? JSONObject()
    }
}

// MARK: verification

extension IdentityDocument {
    /// Verifies a first document against itself.
    ///
    /// - Throws: `ledger.identity_invalid`, or the ``WireError`` or ``SuiteError`` of the part that is wrong.
    public static func verify(_ record: UnverifiedRecord) throws -> IdentityDocument {
        let claimed = try Claims(record.body)
        guard claimed.number == 0, claimed.previous == nil else {
            throw LedgerError(.identityInvalid, "document \(claimed.number) can only be verified after its predecessor")
        }
        guard claimed.did == DID(root: claimed.root.key) else {
            throw LedgerError(.identityInvalid, "the DID does not belong to the root key")
        }
        return try IdentityDocument(record.verify(type: type, by: claimed.root.key))
    }

    /// Verifies the document that follows `predecessor`.
    ///
    /// - Throws: `ledger.identity_broken` when it does not follow.
    public static func verify(_ record: UnverifiedRecord, after predecessor: IdentityDocument) throws -> IdentityDocument {
        let claimed = try Claims(record.body)
        guard claimed.did == predecessor.did, claimed.number == predecessor.number + 1,
            claimed.previous == predecessor.hash
        else { throw LedgerError(.identityBroken, "the document does not follow document \(predecessor.number)") }
        guard Digest.sha3_256(claimed.root.key.id) == predecessor.nextRootHash else {
            throw LedgerError(.identityBroken, "the root key is not the one that document \(predecessor.number) committed to")
        }
        guard claimed.createdAt >= predecessor.createdAt else {
            throw LedgerError(.identityBroken, "the document is older than its predecessor")
        }
        return try IdentityDocument(
            record.verify(type: type, by: [RecordVerifier(predecessor.rootKey), RecordVerifier(claimed.root.key)]))
    }

    /// Verifies a whole history, first document first.
    public static func verify(history: [UnverifiedRecord]) throws -> [IdentityDocument] {
        var documents: [IdentityDocument] = []
        for record in history {
            documents.append(try documents.last.map { try verify(record, after: $0) } ?? verify(record))
        }
        return documents
    }

    private init(_ record: VerifiedRecord) throws {
        let claims = try Claims(record.body)
        try claims.checkAgentIDs()
        try claims.checkProofs()
        self.record = record
        did = claims.did
        number = claims.number
        previous = claims.previous
        name = claims.name
        createdAt = claims.createdAt
        rootKey = claims.root.key
        nextRootHash = claims.next
        recordKey = claims.record.key
        aissKey = claims.aiss.key
        sealingKey = claims.sealing
    }

    private struct ListedKey<Use: KeyPurpose> {
        let key: VerifyingKey<Use>
        let proof: [UInt8]

        init(_ value: JSONValue, suites: Set<SignatureSuite>) throws {
            var reader = try RecordReader(value, "key")
            let purpose = try reader.string("purpose", limit: 32)
            let name = try reader.string("suite", limit: 32)
            guard purpose.utf8.elementsEqual(Use.name.utf8), let suite = SignatureSuite(rawValue: name), suites.contains(suite)
            else { throw LedgerError(.identityInvalid, "a `\(Use.name)` key of an accepted suite was expected") }
            key = try VerifyingKey(suite, try reader.bytes("key", count: suite.publicKeyBytes))
            proof = try reader.bytes("proof", count: suite.signatureBytes)
            try reader.finish()
        }

        func checkProof(_ did: DID, _ number: Int64) throws {
            let message = try ProofOfPossession.message(did: did, number: number, purpose: Use.name)
            guard ProofOfPossession.isValid(proof, key, message) else {
                throw LedgerError(.identityInvalid, "the `\(Use.name)` key does not prove its possession")
            }
        }
    }

    /// The body, decoded strictly; nothing is checked against a signature yet.
    private struct Claims {
        let did: DID
        let number: Int64
        let previous: [UInt8]?
        let name: String
        let createdAt: UTCTime
        let next: [UInt8]
        let root: ListedKey<Purpose.Root>
        let record: ListedKey<Purpose.Record>
        let aiss: ListedKey<Purpose.AISS>
        let sealing: EncapsulationKey
        let agentIDs: [AgentID]

        init(_ body: JSONObject) throws {
            var reader = RecordReader(body, "identity document")
            _ = try reader.string("type", limit: 64)
            did = try DID(reader.string("did", limit: 128))
            number = try reader.integer("n", in: 0...1_000_000)
            name = try reader.string("name", limit: 64)
            createdAt = try UTCTime(reader.string("created_at", limit: 32))
            next = try reader.hex("next", count: 32)
            previous = try reader.value("previous").isNull ? nil : reader.hex("previous", count: 32)
            _ = try reader.bytes("salt", count: 16)
            agentIDs = try ["agent_id", "classical_agent_id"].map { try AgentID(reader.string($0, limit: 64)) }
            let keys = try reader.array("keys", limit: 3)
            guard keys.count == 3 else { throw LedgerError(.identityInvalid, "a document lists three signing keys") }
            let own: Set<SignatureSuite> = [.mlDSA65, .mlDSA87, .hybrid]
            root = try ListedKey(keys[0], suites: own)
            record = try ListedKey(keys[1], suites: own)
            aiss = try ListedKey(keys[2], suites: [.hybrid])
            var sealing = try RecordReader(reader.value("sealing"), "sealing key")
            guard try sealing.string("suite", limit: 32) == EncapsulationAlgorithm.xWing.rawValue else {
                throw LedgerError(.identityInvalid, "the sealing key must be X-Wing")
            }
            self.sealing = try EncapsulationKey(
                .xWing, try sealing.bytes("key", count: EncapsulationAlgorithm.xWing.publicKeyBytes))
            try sealing.finish()
            try reader.finish()
        }

        /// The agent ids are copies for readers; they must be what the AISS key gives.
        func checkAgentIDs() throws {
            let keys = aiss.key.parts.map(\.bytes)
            let derived = [AgentID(classical: keys[0], postQuantum: keys[1]), AgentID(classical: keys[0])]
            guard agentIDs == derived else {
                throw LedgerError(.identityInvalid, "the agent ids do not belong to the AISS key")
            }
        }

        func checkProofs() throws {
            try root.checkProof(did, number)
            try record.checkProof(did, number)
            try aiss.checkProof(did, number)
        }
    }
}
