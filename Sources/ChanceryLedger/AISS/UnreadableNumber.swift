internal import ChanceryWire

extension JSONValue {
    static let unreadableNumberDetail =
        "a decimal number that is whole and at least 2^53 reads back as another number; write it as a string"

    /// Whether RFC 8785 would write a decimal number of this value as an integer beyond 2^53, which I-JSON readers refuse
    /// or round (RFC 7493 section 2.2): `1e20` becomes `100000000000000000000`.
    var holdsUnreadableNumber: Bool {
        switch self {
        case .double(let number):
            let magnitude = number.magnitude
            return magnitude >= 0x1p53 && magnitude < 1e21
        case .array(let elements): return elements.contains(where: \.holdsUnreadableNumber)
        case .object(let object): return object.members.contains { $0.value.holdsUnreadableNumber }
        default: return false
        }
    }
}
