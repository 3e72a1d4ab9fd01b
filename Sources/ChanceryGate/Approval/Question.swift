public import ChanceryPolicy
public import ChanceryWire

/// What people are asked about an action that needs one of them, and what becomes of it when nobody answers.
///
/// A question has stages. It begins with the clearance that the risk asks for; when the time of a stage is over, a policy
/// that escalates asks the next clearance up, and any other gives the action up. The stage follows from the time alone, so
/// that no process must be awake when it changes.
public struct Question: Sendable, Equatable {
    /// Longest time of one stage in seconds: a week.
    public static let longestStage: Int64 = 7 * 86_400

    /// What the first stage asks for.
    public let clearance: Clearance
    /// Seconds of each stage.
    public let timeout: Int64
    public let onTimeout: ApprovalTerms.OnTimeout
    public let requiresJustification: Bool
    /// Who may answer, by name; anybody with the clearance when empty.
    public let principals: [String]
    /// Where it is announced.
    public let channels: [String]

    /// - Parameters:
    ///   - risk: what the gate knew; the highest is assumed when it knew nothing.
    ///   - obligations: what the rule that asks wants besides: a justification, or people told on channels.
    public init(_ terms: ApprovalTerms, risk: ExactDecimal?, obligations: [Obligation] = []) {
        clearance = Clearance.allCases.first { level in risk.map { $0 <= ExactDecimal(level.limit, scale: 3) } ?? false } ?? .l3
        timeout = min(max(terms.timeoutSeconds, 1), Self.longestStage)
        onTimeout = terms.onTimeout
        requiresJustification = terms.requireJustification || obligations.contains { $0.name == .justify }
        principals = terms.principals
        channels = (terms.channels + obligations.filter { $0.name == .notify }.compactMap(\.value)).reduce(into: []) {
            all, name in
            if !all.contains(where: { $0.utf8.elementsEqual(name.utf8) }) { all.append(name) }
        }
    }

    /// How many stages there are: a question that escalates has another for each clearance above the first, and at least two.
    public var stages: Int64 {
        guard onTimeout == .escalate else { return 1 }
        return max(2, Int64(Clearance.allCases.filter { $0 >= clearance }.count))
    }

    /// Seconds until nobody is asked any more.
    public var span: Int64 { stages * timeout }

    /// The stage at `time` of a question that was asked at `start`, from 0; nil when all are over.
    public func stage(at time: UTCTime, asked start: UTCTime) -> Int64? {
        // A clock that went back asks the first stage again, never one beyond the last.
        let stage = max(0, time.milliseconds - start.milliseconds) / (timeout * 1000)
        return stage < stages ? stage : nil
    }

    /// What an answer at a stage must have.
    public func clearance(at stage: Int64) -> Clearance {
        var level = clearance
        for _ in 0..<max(0, min(stage, 3)) { level = level.next }
        return level
    }

    public var json: JSONValue {
        [
            "channels": .array(channels.map { .string($0) }), "clearance": .string(clearance.rawValue),
            "on_timeout": .string(onTimeout.rawValue), "principals": .array(principals.map { .string($0) }),
            "require_justification": .bool(requiresJustification), "timeout": .integer(timeout),
        ]
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "question")
        channels = try reader.texts("channels", limit: 64)
        principals = try reader.texts("principals", limit: 1000)
        let (level, action) = (try reader.string("clearance", limit: 8), try reader.string("on_timeout", limit: 16))
        guard let clearance = Clearance(rawValue: level), let onTimeout = ApprovalTerms.OnTimeout(rawValue: action) else {
            throw WireError(.invalidValue, "a question has no clearance `\(level)` or no end `\(action)`")
        }
        self.clearance = clearance
        self.onTimeout = onTimeout
        requiresJustification = try reader.bool("require_justification")
        timeout = try reader.integer("timeout", in: 1...Self.longestStage)
        try reader.finish()
    }
}

extension RecordReader {
    /// A list of texts and of nothing else.
    mutating func texts(_ name: String, limit: Int) throws(WireError) -> [String] {
        var texts: [String] = []
        for value in try array(name, limit: limit) {
            guard let text = value.string else { throw WireError(.wrongType, "`\(name)` holds \(value.kind)") }
            texts.append(text)
        }
        return texts
    }
}
