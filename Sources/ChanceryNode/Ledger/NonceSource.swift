internal import ChancerySuite
internal import ChanceryWire

/// Nonces for a group of events: version 4 UUIDs in lower case, as the reference makes them.
///
/// The randomness for the whole group is drawn at once: asking the system for every event would cost more than the
/// event's hash.
struct NonceSource {
    private var random: ArraySlice<UInt8>

    init(count: Int) { random = SystemRandom.bytes(count * 16)[...] }

    /// The next nonce; more than `count` of them draw again.
    mutating func next() -> String {
        if random.count < 16 { random = SystemRandom.bytes(16)[...] }
        var bytes = Array(random.prefix(16))
        random = random.dropFirst(16)
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
