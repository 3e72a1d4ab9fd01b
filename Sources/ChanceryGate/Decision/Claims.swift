public import ChanceryWire

/// What a caller says about an agent that only the gate may say: role, risk, stability. It is kept with the decision, so
/// that a lie is on record, and nobody evaluates it.
///
/// Source: rule P2. The seed's endpoints let callers state these facts.
public struct Claims: Sendable, Equatable {
    /// Most claims of one request.
    public static let maximumCount = 16
    /// Longest name, and longest text, in bytes.
    public static let maximumBytes = 256

    /// Never empty; every value is a text, a number, a boolean or null.
    public let members: JSONObject

    /// - Returns: nil when nothing is claimed.
    /// - Throws: `gate.action_malformed` for too many claims, long ones, and values that hold others.
    public init?(_ members: JSONObject) throws(GateError) {
        guard !members.isEmpty else { return nil }
        guard members.count <= Self.maximumCount, members.members.allSatisfy(Self.isShort),
            (try? CanonicalForm.jcs.encode(.object(members))) != nil
        else {
            throw GateError(
                .actionMalformed,
                "claims are at most \(Self.maximumCount) texts, numbers and booleans of \(Self.maximumBytes) bytes")
        }
        self.members = members
    }

    public static func == (left: Claims, right: Claims) -> Bool { JSONValue.object(left.members) == .object(right.members) }

    private static func isShort(_ member: JSONObject.Member) -> Bool {
        guard (1...maximumBytes).contains(member.name.utf8.count) else { return false }
        switch member.value {
        case .string(let text): return text.utf8.count <= maximumBytes
        case .null, .bool, .integer, .double: return true
        // Other readers would read them differently, or they hold more.
        case .bigInteger, .array, .object: return false
        }
    }
}
