internal import ChancerySuite
public import ChanceryWire

/// What never changes about a key: whose it is, what it is for, and when its time is over.
public struct KeyStatement: Sendable, Equatable {
    public let id: VaultKeyID
    public let algorithm: VaultKeyAlgorithm
    public let publicKey: [UInt8]
    /// For model and data keys the version they serve, for session keys the connection; else nil.
    public let subject: KeySubject?
    /// 1 for the first of a line, one more for each that replaced another.
    public let generation: Int64
    /// The key that this one replaced.
    public let predecessor: VaultKeyID?
    public let created: UTCTime
    public let activates: UTCTime
    /// When a successor is due.
    public let rotateBy: UTCTime
    /// Hard end: from here on the key is refused.
    public let expires: UTCTime

    public var kind: VaultKeyKind { id.kind }

    /// The terms of a new key.
    ///
    /// - Parameters:
    ///   - lifetime: seconds from activation to hard expiry, at most the kind's longest; that one where nil.
    ///   - lead: seconds before expiry at which rotation is due; the kind's overlap where nil.
    /// - Throws: `vault.key_malformed` for a key, time or subject that the kind does not allow;
    ///   `vault.key_purpose` for an algorithm that it does not.
    public init(
        _ kind: VaultKeyKind, _ algorithm: VaultKeyAlgorithm, publicKey: [UInt8], subject: KeySubject? = nil, at now: UTCTime,
        activates: UTCTime? = nil, lifetime: Int64? = nil, lead: Int64? = nil, after predecessor: KeyStatement? = nil
    ) throws(VaultError) {
        let start = activates ?? now
        let lifetime = lifetime ?? kind.longestLifetime
        guard (1...kind.longestLifetime).contains(lifetime) else {
            throw VaultError(
                .keyMalformed, "a key of the kind `\(kind.rawValue)` lives 1 to \(kind.longestLifetime) seconds")
        }
        let lead = min(max(lead ?? kind.standardOverlap, 0), lifetime)
        let end = start.advanced(bySeconds: lifetime)
        try self.init(
            VaultKeyID(kind, publicKey: publicKey), algorithm, publicKey, subject ?? predecessor?.subject,
            (predecessor?.generation ?? 0) + 1, predecessor?.id, now, start, end.advanced(bySeconds: -lead), end)
    }

    private init(
        _ id: VaultKeyID, _ algorithm: VaultKeyAlgorithm, _ publicKey: [UInt8], _ subject: KeySubject?, _ generation: Int64,
        _ predecessor: VaultKeyID?, _ created: UTCTime, _ activates: UTCTime, _ rotateBy: UTCTime, _ expires: UTCTime
    ) throws(VaultError) {
        let kind = id.kind
        guard kind.algorithms.contains(algorithm) else {
            throw VaultError(.keyPurpose, "a key of the kind `\(kind.rawValue)` is not of \(algorithm.rawValue)")
        }
        try algorithm.check(publicKey)
        guard id == VaultKeyID(kind, publicKey: publicKey) else {
            throw VaultError(.keyMalformed, "the id `\(id)` is not that of its public key")
        }
        switch (kind, subject) {
        case (.model, .artifact), (.data, .artifact), (.session, .connection):
            guard subject?.isWellFormed == true else {
                throw VaultError(.keyMalformed, "the subject of `\(id)` is out of bounds")
            }
        case (.root, nil), (.api, nil), (.service, nil): break
        default: throw VaultError(.keyMalformed, "a key of the kind `\(kind.rawValue)` has another subject")
        }
        guard generation >= 1, (generation == 1) == (predecessor == nil), predecessor?.kind ?? kind == kind,
            predecessor != id
        else { throw VaultError(.keyMalformed, "generation and predecessor of `\(id)` do not fit") }
        guard created <= activates, activates <= rotateBy, rotateBy <= expires, activates < expires,
            expires <= activates.advanced(bySeconds: kind.longestLifetime)
        else { throw VaultError(.keyMalformed, "the times of `\(id)` are out of order or beyond its longest life") }
        self.id = id
        self.algorithm = algorithm
        self.publicKey = publicKey
        self.subject = subject
        self.generation = generation
        self.predecessor = predecessor
        self.created = created
        self.activates = activates
        self.rotateBy = rotateBy
        self.expires = expires
    }

    public var json: JSONValue {
        [
            "activates": .string(activates.text), "algorithm": .string(algorithm.rawValue), "created": .string(created.text),
            "expires": .string(expires.text), "generation": .integer(generation), "id": .string(id.text),
            "predecessor": predecessor.map { .string($0.text) } ?? .null,
            "public_key": .string(Base64.url.encode(publicKey)), "rotate_by": .string(rotateBy.text),
            "subject": subject?.json ?? .null,
        ]
    }

    /// Reads what ``json`` wrote and checks it as for a new key.
    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "key")
        let algorithm = try reader.string("algorithm", limit: 32)
        guard let algorithm = VaultKeyAlgorithm(rawValue: algorithm) else {
            throw VaultError(.keyMalformed, "`\(algorithm)` is no algorithm of vault keys")
        }
        let subject = try reader.value("subject")
        let predecessor = try reader.value("predecessor").isNull ? nil : reader.string("predecessor", limit: 64)
        try self.init(
            VaultKeyID(reader.string("id", limit: 64)), algorithm,
            reader.bytes("public_key", count: algorithm.publicKeyBytes), subject.isNull ? nil : KeySubject(subject),
            reader.integer("generation", in: 1...CanonicalForm.largestSafeInteger), predecessor.map { try VaultKeyID($0) },
            reader.time("created"), reader.time("activates"), reader.time("rotate_by"), reader.time("expires"))
        try reader.finish()
    }

    /// RFC 8785 of ``json``: what wrapped seeds bind.
    var canonicalBytes: [UInt8] {
        do { return try CanonicalForm.jcs.encode(json) } catch {
            preconditionFailure("texts and safe integers have a canonical form")
        }
    }
}
