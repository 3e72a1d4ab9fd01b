internal import ChancerySuite
public import ChanceryWire

/// That a policy is the one to decide by from now on, with its text.
public struct PolicyActivation: Sendable, Equatable {
    public static let eventType = "gate_policy"
    /// Longest text in bytes.
    public static let maximumBytes = 256 << 10
    /// Longest comment, and longest name of whoever activates, in bytes.
    public static let commentBytes = 4096
    public static let nameBytes = 256

    public let text: String
    public let name: String
    public let version: String
    public let by: String
    public let comment: String
    /// The proposal by which a committee put it in force; nil where there is no committee.
    public let proposal: [UInt8]?
    /// The hash of the policy that it replaces.
    public let previous: [UInt8]?
    public let time: UTCTime

    public init(
        text: String, name: String, version: String, by: String, comment: String, proposal: [UInt8]?, previous: [UInt8]?,
        time: UTCTime
    ) {
        self.text = text
        self.name = name
        self.version = version
        self.by = by
        self.comment = comment
        self.proposal = proposal
        self.previous = previous
        self.time = time
    }

    /// SHA-256 of the text's bytes: the name by which decisions and committees know the policy.
    public var hash: [UInt8] { Digest.sha256(Array(text.utf8)) }
    /// Name and version as PiQrypt writes them.
    public var versionID: String { "\(name)@\(version)" }

    public var payload: JSONObject {
        let value: JSONValue = [
            "by": .string(by), "comment": .string(comment), "event_type": .string(Self.eventType),
            "name": .string(name), "policy": .string(Hex.encode(hash)),
            "previous": previous.map { .string(Hex.encode($0)) } ?? .null,
            "proposal": proposal.map { .string(Hex.encode($0)) } ?? .null, "text": .string(text),
            "time": .string(time.text), "version": .string(version),
        ]
        return value.object ?? JSONObject()
    }

    /// - Throws: `gate.policy_altered` when the text is not the one of the stated hash.
    public init(_ payload: JSONObject) throws {
        var reader = RecordReader(payload, "policy")
        _ = try reader.string("event_type", limit: 64)
        text = try reader.string("text", limit: Self.maximumBytes)
        name = try reader.string("name", limit: 256)
        version = try reader.string("version", limit: 256)
        by = try reader.string("by", limit: Self.nameBytes)
        comment = try reader.string("comment", limit: Self.commentBytes)
        proposal = try reader.value("proposal").isNull ? nil : reader.hex("proposal", count: 32)
        previous = try reader.value("previous").isNull ? nil : reader.hex("previous", count: 32)
        time = try reader.time("time")
        let stated = try reader.hex("policy", count: 32)
        try reader.finish()
        guard stated == hash else { throw GateError(.policyAltered, "the text of `\(name)` is not the one that was activated") }
    }
}

extension GateError.Reason {
    /// A stored policy is not the text that was activated.
    public static let policyAltered = Self(rawValue: "gate.policy_altered")
}
