public import ChancerySuite
public import ChanceryWire

/// A person who may approve actions: who, with which key, and up to which risk.
///
/// The operator of a home states it; the proof shows that whoever asked for it holds the private half (rule K2).
public struct Approver: Sendable, Equatable {
    public static let kind = "chancery/approver/v1"
    static let proofType = "chancery/pop/v1"
    /// Longest life in seconds: a year.
    public static let longestLifetime: Int64 = 366 * 86_400

    public enum Status: String, Sendable {
        case active
        /// For good.
        case revoked
    }

    /// `apr_` and the first 16 bytes of the key's id in hex.
    public let id: String
    public let name: String
    public let clearance: Clearance
    public let key: VerifyingKey<Purpose.Approval>
    public let proof: [UInt8]
    public let notBefore: UTCTime
    public let notAfter: UTCTime
    public let status: Status

    /// A fresh registration of the holder of `key`.
    ///
    /// - Throws: `gate.approver_malformed` for a name or lifetime out of bounds.
    public static func register(
        _ name: String, _ clearance: Clearance, key: SigningKey<Purpose.Approval>, at time: UTCTime, lifetime: Int64
    ) throws -> Approver {
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw GateError(.approverMalformed, "an approver has a name of 1 to 64 bytes without control characters")
        }
        guard (1...longestLifetime).contains(lifetime) else {
            throw GateError(.approverMalformed, "an approver's key lives 366 days at most")
        }
        let publicKey = key.publicKey
        let proof = try key.sign(proofBody(name, publicKey), type: proofType)
        return Approver(
            id: id(of: publicKey), name: name, clearance: clearance, key: publicKey, proof: proof, notBefore: time,
            notAfter: time.advanced(bySeconds: lifetime), status: .active)
    }

    /// `apr_…` of a key.
    public static func id(of key: VerifyingKey<Purpose.Approval>) -> String { "apr_" + Hex.encode(key.id.prefix(16)) }

    private static func proofBody(_ name: String, _ key: VerifyingKey<Purpose.Approval>) throws -> [UInt8] {
        let body: JSONValue = [
            "key": .string(Base64.url.encode(key.bytes)), "name": .string(name), "purpose": .string(Purpose.Approval.name),
        ]
        return try CanonicalForm.jcs.encode(body)
    }

    public func revoked() -> Approver {
        Approver(
            id: id, name: name, clearance: clearance, key: key, proof: proof, notBefore: notBefore, notAfter: notAfter,
            status: .revoked)
    }

    /// Whether answers of this person count at `time`.
    public func isActive(at time: UTCTime) -> Bool { status == .active && notBefore <= time && time <= notAfter }

    public var json: JSONValue {
        [
            "approver": .string(id), "clearance": .string(clearance.rawValue), "key": .string(Base64.url.encode(key.bytes)),
            "name": .string(name), "not_after": .string(notAfter.text), "not_before": .string(notBefore.text),
            "proof": .string(Base64.url.encode(proof)), "status": .string(status.rawValue),
            "suite": .string(key.suite.rawValue),
        ]
    }

    private init(
        id: String, name: String, clearance: Clearance, key: VerifyingKey<Purpose.Approval>, proof: [UInt8],
        notBefore: UTCTime, notAfter: UTCTime, status: Status
    ) {
        self.id = id
        self.name = name
        self.clearance = clearance
        self.key = key
        self.proof = proof
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.status = status
    }
}

extension Approver {
    /// Reads the members of ``json``, and perhaps others that a store keeps besides, and checks the proof.
    ///
    /// - Throws: `gate.approver_malformed` for a false proof or an id of another key.
    public init(_ reader: inout RecordReader) throws {
        let suite = try reader.string("suite", limit: 64)
        guard let suite = SignatureSuite(rawValue: suite) else {
            throw GateError(.approverMalformed, "`\(suite)` is no suite of signatures")
        }
        key = try VerifyingKey(suite, Base64.url.decode(reader.string("key", limit: 16_384)))
        id = try reader.string("approver", limit: 64)
        name = try reader.string("name", limit: 64)
        proof = try Base64.url.decode(reader.string("proof", limit: 16_384))
        notAfter = try reader.time("not_after")
        notBefore = try reader.time("not_before")
        guard let clearance = Clearance(rawValue: try reader.string("clearance", limit: 8)),
            let status = Status(rawValue: try reader.string("status", limit: 16))
        else { throw GateError(.approverMalformed, "an approver has a clearance, and is active or revoked") }
        self.clearance = clearance
        self.status = status
        guard Self.id(of: key).utf8.elementsEqual(id.utf8),
            key.isValid(proof, for: try Self.proofBody(name, key), type: Self.proofType)
        else { throw GateError(.approverMalformed, "the approver `\(name)` does not prove that the key is theirs") }
    }
}

extension Approver {
    /// Reads the statement by which a home registers somebody, and checks the proof.
    package init(statement bytes: [UInt8]) throws {
        var reader = try RecordReader(JSONParser.parse(bytes, limits: .init(bytes: 1 << 16, depth: 4)), "approver")
        _ = try (reader.string("type", limit: 64), reader.string("time", limit: 32), reader.bytes("salt", count: 16))
        try self.init(&reader)
        try reader.finish()
    }
}

extension GateError.Reason {
    /// What is said about an approver is not in order.
    public static let approverMalformed = Self(rawValue: "gate.approver_malformed")
}
