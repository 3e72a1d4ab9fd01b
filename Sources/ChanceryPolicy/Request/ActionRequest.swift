internal import ChanceryPatterns
public import ChanceryWire

extension PolicyError.Reason {
    /// An action or payload beyond what is evaluated. The gate denies it.
    public static let requestTooLarge = Self(rawValue: "policy.request_too_large")
    /// A payload that hides text under more layers than are looked through. The gate denies it.
    public static let requestTooLayered = Self(rawValue: "policy.request_too_layered")
    /// A request without an action, or with a number that is none.
    public static let request = Self(rawValue: "policy.request")
}

/// What an agent wants to do, with every reading of its texts made once (rule P5).
public struct ActionRequest: Sendable {
    public let action: String
    public let payload: JSONValue
    /// Host and perhaps port, as the gate derived them from the arguments; nil when the action goes nowhere.
    public let target: String?

    let actionBytes: [UInt8]
    let targetBytes: [UInt8]?
    let views: TextViews

    /// - Throws: ``PolicyError`` `policy.request_too_large` for an action of more than 1,024 bytes, a payload of more
    ///   than 1 MiB or 64 levels; `policy.request_too_layered` when its texts decode more than twice; `policy.request`.
    ///   Whoever asked is then to be denied.
    public init(action: String, payload: JSONValue, target: String? = nil) throws(PolicyError) {
        guard !action.isEmpty else { throw PolicyError(.request, "the request names no action") }
        guard action.utf8.count <= 1024, target?.utf8.count ?? 0 <= 1024 else {
            throw PolicyError(.requestTooLarge, "action or target exceeds 1024 bytes")
        }
        var leaves = [action]
        leaves.reserveCapacity(64)
        guard Self.collect(payload, levels: 64, into: &leaves) else {
            throw PolicyError(.requestTooLarge, "the payload has more than 64 levels")
        }
        do {
            // AISS-1's form writes every number that can be read, however large.
            views = try TextViews(of: leaves, document: CanonicalForm.aiss1.encode(payload))
        } catch let error as WireError {
            throw PolicyError(.request, error.detail)
        } catch let error as any CodedError where error.code == "pattern.text_too_long" {
            throw PolicyError(.requestTooLarge, error.detail)
        } catch {
            throw PolicyError(.requestTooLayered, (error as? any CodedError)?.detail ?? "the payload cannot be read as text")
        }
        self.action = action
        self.payload = payload
        self.target = target?.isEmpty == true ? nil : target
        actionBytes = Array(action.utf8)
        targetBytes = self.target.map { Array($0.utf8) }
    }

    /// Adds the names and strings of `value`; false where it has more than `levels` levels.
    private static func collect(_ value: JSONValue, levels: Int, into leaves: inout [String]) -> Bool {
        switch value {
        case .string(let text): leaves.append(text)
        case .array(let elements):
            guard levels > 0 else { return false }
            for element in elements {
                guard collect(element, levels: levels - 1, into: &leaves) else { return false }
            }
        case .object(let object):
            guard levels > 0 else { return false }
            for member in object.members {
                leaves.append(member.name)
                // Here rather than in a call, for which the text would be retained once more.
                if case .string(let text) = member.value {
                    leaves.append(text)
                } else {
                    guard collect(member.value, levels: levels - 1, into: &leaves) else { return false }
                }
            }
        default: break
        }
        return true
    }
}
