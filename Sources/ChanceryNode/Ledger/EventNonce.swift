internal import ChancerySuite
internal import ChanceryWire

/// Nonces for events: version 4 UUIDs in lower case, as the reference makes them.
enum EventNonce {
    private static let randomBytes = 16

    /// `count` nonces. Their randomness is drawn at once: asking the system for every event would cost more than the
    /// event's hash.
    static func make(_ count: Int) -> [String] {
        let random = SystemRandom.bytes(count * randomBytes)
        return (0..<count).map { text(random[$0 * randomBytes..<($0 + 1) * randomBytes]) }
    }

    private static func text(_ random: ArraySlice<UInt8>) -> String {
        var bytes = Array(random)
        // RFC 9562 §5.4: version 4, variant 10.
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text.append(0x2d) }
            Hex.append(byte, to: &text)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
