public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// An identity's statement that it wants to be a member with these keys, and the proof that it holds each of them.
///
/// It travels with the identity's documents, so whoever has it needs nothing else:
/// `{"enrolment":record,"identity":[record,…],"type":"chancery/enrolment-file/v1"}`. A value of this type was verified.
public struct Enrolment: Sendable {
    public static let type = "chancery/enrolment/v1"
    public static let fileType = "chancery/enrolment-file/v1"
    /// Longest history of identity documents.
    public static let documents = 1...64

    /// Signed by the record key of the latest document (rule K2 for each listed key).
    public let record: VerifiedRecord
    /// First document first.
    public let identity: [IdentityDocument]
    public let name: String
    public let keys: MemberKeys
    public let time: UTCTime
    public var did: DID { identity[0].did }

    /// `salt` is 16 fresh random bytes.
    public static func make(
        _ identity: [IdentityDocument], name: String, keys: MemberSigningKeys, by recordKey: SigningKey<Purpose.Record>,
        at time: UTCTime, salt: [UInt8]
    ) throws -> Enrolment {
        guard let latest = identity.last else {
            throw GovernanceError(.enrolmentInvalid, "an enrolment needs the documents of its identity")
        }
        func entry<Use: KeyPurpose>(_ key: SigningKey<Use>) throws -> JSONValue {
            let message = try ProofOfPossession.message(did: latest.did, number: latest.number, purpose: Use.name)
            var entry = MemberKeys.entry(key.publicKey).object ?? JSONObject()
            entry["proof"] = .string(Base64.url.encode(try ProofOfPossession.sign(key, message)))
            return .object(entry)
        }
        let body: JSONObject = [
            "did": .string(latest.did.text), "identity": .string(Hex.encode(latest.hash)),
            "keys": [try entry(keys.ballot), try entry(keys.consensus), try entry(keys.http)], "name": .string(name),
            "salt": .string(Base64.url.encode(salt)), "time": .string(time.text),
        ]
        let record = try VerifiedRecord.sign(body, type: type, by: recordKey)
        return try Enrolment(verifying: UnverifiedRecord(decoding: record.bytes), of: identity)
    }

    /// Verifies an enrolment and the identity it belongs to.
    ///
    /// - Throws: `governance.enrolment_invalid`, or what the identity documents and signatures throw.
    public init(verifying value: JSONValue) throws {
        var reader = try RecordReader(value, "enrolment")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.fileType.utf8) else {
            throw GovernanceError(.enrolmentInvalid, "the document is no `\(Self.fileType)`")
        }
        let record = try UnverifiedRecord(reader.value("enrolment"))
        let documents = try reader.array("identity", limit: Self.documents.upperBound).map { try UnverifiedRecord($0) }
        try reader.finish()
        try self.init(verifying: record, of: IdentityDocument.verify(history: documents))
    }

    private init(verifying record: UnverifiedRecord, of identity: [IdentityDocument]) throws {
        guard let latest = identity.last, Self.documents.contains(identity.count) else {
            throw GovernanceError(.enrolmentInvalid, "an enrolment needs the documents of its identity")
        }
        var reader = RecordReader(record.body, "enrolment")
        _ = try reader.string("type", limit: 64)
        guard try DID(reader.string("did", limit: 128)) == latest.did, try reader.hex("identity", count: 32) == latest.hash
        else { throw GovernanceError(.enrolmentInvalid, "the enrolment belongs to another identity document") }
        let entries = try reader.array("keys", limit: 3)
        name = try reader.string("name", limit: 64)
        _ = try reader.bytes("salt", count: 16)
        time = try reader.time("time")
        try reader.finish()
        guard entries.count == 3, !name.isEmpty else {
            throw GovernanceError(.enrolmentInvalid, "an enrolment has a name and three keys")
        }
        keys = MemberKeys(
            ballot: try Self.key(entries[0], latest), consensus: try Self.key(entries[1], latest),
            http: try Self.key(entries[2], latest))
        // The suite of the http key is checked where committees read it.
        _ = try MemberKeys(keys.json)
        self.record = try record.verify(type: Self.type, by: latest.recordKey)
        self.identity = identity
    }

    private static func key<Use: KeyPurpose>(_ value: JSONValue, _ document: IdentityDocument) throws -> VerifyingKey<Use> {
        var reader = try RecordReader(value, "enrolled key")
        let key: VerifyingKey<Use> = try reader.verifyingKey()
        let proof = try reader.bytes("proof", count: key.suite.signatureBytes)
        try reader.finish()
        let message = try ProofOfPossession.message(did: document.did, number: document.number, purpose: Use.name)
        guard ProofOfPossession.isValid(proof, key, message) else {
            throw GovernanceError(.enrolmentInvalid, "the `\(Use.name)` key does not prove its possession")
        }
        return key
    }

    public var json: JSONValue {
        get throws {
            [
                "enrolment": try JSONParser.parse(record.bytes),
                "identity": .array(try identity.map { try JSONParser.parse($0.record.bytes) }),
                "type": .string(Self.fileType),
            ]
        }
    }

    /// The member that it asks for.
    public func member(weight: Int64) -> Member { Member(did: did, name: name, weight: weight, keys: keys) }
}

extension GovernanceError.Reason {
    /// An enrolment that does not belong to its identity, or a key whose possession is not proven.
    public static let enrolmentInvalid = Self(rawValue: "governance.enrolment_invalid")
}
