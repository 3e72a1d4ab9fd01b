public import ChanceryWire

/// One of our records as it came: decoded and canonical, but nobody has checked a signature yet.
///
/// Wire form: `{"body":{…,"type":"chancery/…/v1"},"signatures":[{"key","suite","value"}]}`, RFC 8785.
/// The bytes received must re-canonicalise to themselves.
public struct UnverifiedRecord: Sendable {
    /// What a signature entry says. The suite is what the registry says, not what is written here.
    struct Entry: Sendable {
        let suite: String
        let key: [UInt8]
        let value: [UInt8]
    }

    public let bytes: [UInt8]
    public let type: String
    public let body: JSONObject
    let bodyBytes: [UInt8]
    let entries: [Entry]

    /// How many signatures the record carries; whether any is true is not said.
    package var signatureCount: Int { entries.count }

    /// SHA3-256 of the body. A name for the bytes, not a statement that anybody signed them.
    public var bodyHash: [UInt8] { Digest.sha3_256(bodyBytes) }

    /// Longest record in bytes, and how deep its values may nest.
    public static let maximumBytes = 1 << 20
    public static let maximumDepth = 24

    /// Decodes at most `limit` bytes.
    public init(decoding bytes: [UInt8], limit: Int = maximumBytes) throws(WireError) {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: limit, depth: Self.maximumDepth))
        guard try CanonicalForm.jcs.encode(value) == bytes else {
            throw WireError(.notCanonical, "the record is not in canonical form")
        }
        try self.init(value, bytes: bytes)
    }

    /// From a record that stands inside another document.
    public init(_ value: JSONValue, limit: Int = maximumBytes) throws(WireError) {
        guard !value.nests(deeperThan: Self.maximumDepth) else {
            throw WireError(.tooDeep, "a record nests at most \(Self.maximumDepth) levels deep")
        }
        let bytes = try CanonicalForm.jcs.encode(value)
        guard bytes.count <= limit else {
            throw WireError(.tooLong, "a record of \(bytes.count) bytes exceeds the limit of \(limit)")
        }
        try self.init(value, bytes: bytes)
    }

    private init(_ value: JSONValue, bytes: [UInt8]) throws(WireError) {
        var reader = try RecordReader(value, "record")
        let body = try reader.object("body")
        var entries: [Entry] = []
        for element in try reader.array("signatures", limit: 8) {
            var entry = try RecordReader(element, "signature")
            entries.append(
                Entry(
                    suite: try entry.string("suite", limit: 64), key: try entry.bytes("key", count: 32),
                    value: try Base64.url.decode(entry.string("value", limit: 16384))))
            try entry.finish()
        }
        try reader.finish()
        guard !entries.isEmpty else { throw WireError(.missingMember, "the record has no signature") }
        guard !Self.holdsDecimals(.object(body)) else {
            throw WireError(.invalidValue, "the body of a record holds a decimal number")
        }
        var members = RecordReader(body, "body")
        type = try members.string("type", limit: 255)
        self.bytes = bytes
        self.body = body
        self.bodyBytes = try CanonicalForm.jcs.encode(body)
        self.entries = entries
    }

    private static func holdsDecimals(_ value: JSONValue) -> Bool {
        switch value {
        case .double, .bigInteger: true
        case .array(let elements): elements.contains(where: holdsDecimals)
        case .object(let object): object.members.contains { holdsDecimals($0.value) }
        default: false
        }
    }

    /// The record, if it is of type `type` and carries exactly the signature of `key`.
    ///
    /// - Throws: `suite.invalid_signature` for another type, key, suite, count of signatures or a false signature.
    public func verify<Use: KeyPurpose>(type: String, by key: VerifyingKey<Use>) throws(SuiteError) -> VerifiedRecord {
        try verify(type: type, by: [RecordVerifier(key)])
    }

    /// The record, if it is of type `type` and carries exactly one valid signature of each of `verifiers`, in order.
    public func verify(type: String, by verifiers: [RecordVerifier]) throws(SuiteError) -> VerifiedRecord {
        guard self.type.utf8.elementsEqual(type.utf8) else {
            throw SuiteError(.invalidSignature, "the record is a `\(self.type)`, not a `\(type)`")
        }
        guard entries.count == verifiers.count else {
            throw SuiteError(
                .invalidSignature, "the record has \(entries.count) signatures where \(verifiers.count) are required")
        }
        for (entry, verifier) in zip(entries, verifiers) {
            guard entry.key == verifier.keyID, entry.suite == verifier.suite.rawValue else {
                throw SuiteError(.invalidSignature, "the record names another key than the registry")
            }
            guard verifier.isValid(entry.value, bodyBytes, type) else {
                throw SuiteError(.invalidSignature, "a signature of the `\(type)` is false")
            }
        }
        return VerifiedRecord(self)
    }
}

/// A verifying key whose purpose was checked where this value was made.
public struct RecordVerifier: Sendable {
    let keyID: [UInt8]
    let suite: SignatureSuite
    let isValid: @Sendable (_ signature: [UInt8], _ body: [UInt8], _ type: String) -> Bool

    public init<Use: KeyPurpose>(_ key: VerifyingKey<Use>) {
        keyID = key.id
        suite = key.suite
        isValid = { key.isValid($0, for: $1, type: $2) }
    }
}

/// A record whose required signatures were all checked.
public struct VerifiedRecord: Sendable {
    /// The exact bytes, to be stored as they are.
    public let bytes: [UInt8]
    public let type: String
    public let body: JSONObject
    public let bodyBytes: [UInt8]

    fileprivate init(_ record: UnverifiedRecord) {
        bytes = record.bytes
        type = record.type
        body = record.body
        bodyBytes = record.bodyBytes
    }

    /// SHA3-256 of the body: the record's name (rule K4).
    public var id: [UInt8] { Digest.sha3_256(bodyBytes) }

    /// Signs `body` with each of `signers`, in order. `type` is put into the body.
    public static func sign(_ body: JSONObject, type: String, by signers: [RecordSigner]) throws -> VerifiedRecord {
        var body = body
        body["type"] = .string(type)
        let bodyBytes = try CanonicalForm.jcs.encode(body)
        let entries = try signers.map { signer -> JSONValue in
            [
                "key": .string(Base64.url.encode(signer.keyID)), "suite": .string(signer.suite.rawValue),
                "value": .string(Base64.url.encode(try signer.sign(bodyBytes, type))),
            ]
        }
        return VerifiedRecord(try UnverifiedRecord(["body": .object(body), "signatures": .array(entries)]))
    }

    /// Signs `body` with one key.
    public static func sign<Use: KeyPurpose>(
        _ body: JSONObject, type: String, by key: SigningKey<Use>
    ) throws -> VerifiedRecord {
        try sign(body, type: type, by: [RecordSigner(key)])
    }
}

/// A signing key whose purpose was checked where this value was made.
public struct RecordSigner: Sendable {
    let keyID: [UInt8]
    let suite: SignatureSuite
    let sign: @Sendable (_ body: [UInt8], _ type: String) throws(SuiteError) -> [UInt8]

    public init<Use: KeyPurpose>(_ key: SigningKey<Use>) {
        keyID = key.publicKey.id
        suite = key.suite
        sign = { (body, type) throws(SuiteError) in try key.sign(body, type: type) }
    }
}
