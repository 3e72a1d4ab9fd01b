internal import ChancerySuite
public import ChanceryWire

/// What somebody wants done, as it is evaluated, approved and executed: one canonical text for all three.
///
/// Source: rules P1 and P2. A caller states these things and no others; who asks, and what is known of it, it cannot say.
public struct GatedAction: Sendable, Equatable {
    /// Where the tool lives, and what its description was when somebody looked at it.
    public struct Tool: Sendable, Equatable {
        public let upstream: String
        /// SHA-256 of the tool's canonical descriptor; nil for things without one, such as resources.
        public let pin: [UInt8]?

        public init(upstream: String, pin: [UInt8]?) {
            self.upstream = upstream
            self.pin = pin
        }
    }

    /// Longest canonical payload in bytes, and how deep it may nest.
    public static let maximumBytes = 256 << 10
    public static let maximumDepth = 32
    /// Longest target: a name of 253 bytes, a colon and a port.
    public static let targetBytes = 259

    /// The name of the tool or kind of action.
    public let name: String
    public let payload: JSONObject
    /// The host, perhaps with a port, that the caller says it means; held against what the payload says.
    public let target: String?
    /// Restrictions that the caller adds, such as `untrusted`; sorted, each once.
    public let labels: [String]
    public let tool: Tool?
    /// RFC 8785 of all of it.
    public let bytes: [UInt8]

    /// - Throws: `gate.action_malformed` for a name, label or target out of bounds and for numbers that other readers would
    ///   read differently; `gate.action_too_long`.
    public init(
        _ name: String, payload: JSONObject, target: String? = nil, labels: Set<String> = [], tool: Tool? = nil
    ) throws(GateError) {
        guard Self.isPlain(name, upTo: 256) else {
            throw GateError(.actionMalformed, "an action has a name of 1 to 256 bytes without characters that nobody sees")
        }
        guard labels.count <= 16, labels.allSatisfy({ Self.isPlain($0, upTo: 64) }) else {
            throw GateError(.actionMalformed, "an action has at most 16 labels of 1 to 64 bytes")
        }
        // Some letters grow when they are lowered.
        let target = target?.lowercased()
        guard target.map({ Self.isPlain($0, upTo: Self.targetBytes) }) ?? true else {
            throw GateError(.actionMalformed, "a target is a host of at most 253 bytes, perhaps with a port")
        }
        guard tool.map({ Self.isPlain($0.upstream, upTo: 256) && $0.pin.map { $0.count == 32 } ?? true }) ?? true else {
            throw GateError(.actionMalformed, "an upstream has a name of 1 to 256 bytes, and a pin 32 bytes")
        }
        guard !JSONValue.object(payload).nests(deeperThan: Self.maximumDepth) else {
            throw GateError(.actionTooLong, "a payload nests at most \(Self.maximumDepth) levels deep")
        }
        guard !Self.holdsUnreadableNumber(.object(payload)) else {
            throw GateError(.actionMalformed, "a decimal number that is whole and at least 2^53 is written as a string")
        }
        self.name = name
        self.payload = payload
        self.target = target
        self.labels = labels.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        self.tool = tool
        do {
            bytes = try CanonicalForm.jcs.encode(Self.json(name, payload, self.target, self.labels, tool))
        } catch {
            throw GateError(.actionMalformed, error.detail)
        }
        guard bytes.count <= Self.maximumBytes else {
            throw GateError(.actionTooLong, "an action has at most \(Self.maximumBytes) bytes, this one \(bytes.count)")
        }
    }

    /// SHA-256 of ``bytes``: what approvals and redemptions name.
    public var hash: [UInt8] { Digest.sha256(bytes) }

    public var json: JSONValue { Self.json(name, payload, target, labels, tool) }

    private static func json(
        _ name: String, _ payload: JSONObject, _ target: String?, _ labels: [String], _ tool: Tool?
    ) -> JSONValue {
        [
            "action": .string(name), "labels": .array(labels.map { .string($0) }), "payload": .object(payload),
            "target": target.map { .string($0) } ?? .null,
            "tool": tool.map {
                ["pin": $0.pin.map { .string(Hex.encode($0)) } ?? .null, "upstream": .string($0.upstream)]
            } ?? .null,
        ]
    }

    /// Reads what ``json`` wrote.
    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "action")
        let tool = try reader.value("tool")
        try self.init(
            reader.string("action", limit: 256), payload: reader.object("payload"),
            target: reader.value("target").isNull ? nil : reader.string("target", limit: Self.targetBytes),
            labels: Set(reader.texts("labels", limit: 16)), tool: tool.isNull ? nil : Tool(tool))
        try reader.finish()
    }

    /// Whether RFC 8785 writes a decimal number as an integer beyond 2^53, which no strict reader takes back.
    private static func holdsUnreadableNumber(_ value: JSONValue) -> Bool {
        switch value {
        case .double(let number): number.magnitude >= 0x1p53 && number.magnitude < 1e21
        case .array(let elements): elements.contains(where: holdsUnreadableNumber)
        case .object(let object): object.members.contains { holdsUnreadableNumber($0.value) }
        default: false
        }
    }

    /// Without what nobody sees, or what turns around the text beside it: whoever approves reads these as they are.
    private static func isPlain(_ text: String, upTo limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: false
                default: !scalar.properties.isDefaultIgnorableCodePoint
                }
            }
    }
}

extension GatedAction.Tool {
    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "tool")
        try self.init(
            upstream: reader.string("upstream", limit: 256),
            pin: reader.value("pin").isNull ? nil : reader.hex("pin", count: 32))
        try reader.finish()
    }
}

extension GateError.Reason {
    /// What was asked is no action that can be decided.
    public static let actionMalformed = Self(rawValue: "gate.action_malformed")
    /// The action is longer or deeper than what is decided.
    public static let actionTooLong = Self(rawValue: "gate.action_too_long")
}
