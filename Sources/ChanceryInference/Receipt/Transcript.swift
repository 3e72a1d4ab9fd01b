internal import ChancerySuite

/// The hashes of one direction, which both ends compute as bytes go by: over what was sent, and over what it says.
///
/// The second is salted with a secret of both ends: who only sees the log cannot try guesses.
struct Transcript: Sendable {
    private var sealed = SHA3Hasher()
    private var plain = SHA3Hasher()
    /// Bytes of the body.
    private(set) var bodyBytes: Int64 = 0
    private(set) var frames: Int64 = 0

    /// - Parameters:
    ///   - direction: `request` or `response`.
    ///   - salt: 32 bytes.
    init(_ direction: String, salt: [UInt8]) {
        sealed.update(Array("chancery/inference-sealed-\(direction)/v1".utf8) + [0])
        plain.update(Array("chancery/inference-\(direction)/v1".utf8) + [0] + salt)
    }

    /// Bytes that travel before the first frame.
    mutating func note(sent bytes: [UInt8]) { sealed.update(bytes) }

    mutating func note(_ frame: Frame) {
        sealed.update(frame.bytes)
        frames += 1
    }

    /// What stands before the body, with its length.
    mutating func note(field: [UInt8]) { plain.update([UInt8(truncatingIfNeeded: field.count)] + field) }

    mutating func note(body: [UInt8]) {
        plain.update(body)
        bodyBytes += Int64(body.count)
    }

    var sealedHash: [UInt8] { sealed.digest() }
    var commitment: [UInt8] { plain.digest() }
}
