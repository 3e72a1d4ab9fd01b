internal import ChancerySuite
internal import ChanceryWire

/// The keys of an answer, from a secret that HPKE gives both ends (the derivation of RFC 9458 §4.4 with AES-256-GCM).
///
/// salt = encapsulated key ‖ response nonce; key = HKDF-SHA256(secret, salt, "key", 32); nonce = HKDF-SHA256(…, "nonce", 12).
/// Frame k has the nonce XOR k, and its kind as additional data.
struct ResponseKeys: ~Copyable, Sendable {
    static let nonceBytes = 32
    /// So many frames an answer has at most.
    static let mostFrames: UInt64 = 1 << 32

    private let key: SecretBytes
    private let base: [UInt8]
    private var number: UInt64 = 0

    init(_ secret: borrowing SecretBytes, encapsulatedKey: [UInt8], nonce: [UInt8]) throws {
        var input = secret.copyForExport()
        defer { SecretBytes.erase(&input) }
        let salt = encapsulatedKey + nonce
        let base = try Derivation.hkdfSHA256(input, salt: salt, info: Array("nonce".utf8), count: AEAD.nonceBytes)
        var bytes = try Derivation.hkdfSHA256(input, salt: salt, info: Array("key".utf8), count: AEAD.keyBytes)
        key = SecretBytes(erasing: &bytes)
        self.base = base
    }

    mutating func seal(_ kind: FrameKind, _ content: [UInt8]) throws -> Frame {
        let nonce = try next()
        return Frame(
            kind: kind,
            sealed: try AEAD.seal(Frame.padded(content), key: key, nonce: nonce, authenticating: [kind.rawValue]))
    }

    mutating func open(_ frame: Frame) throws(InferenceError) -> [UInt8] {
        let nonce = try next()
        let plain: [UInt8]
        do {
            plain = try AEAD.open(frame.sealed, key: key, nonce: nonce, authenticating: [frame.kind.rawValue])
        } catch {
            throw InferenceError(.openFailed, "a frame of the answer does not open")
        }
        return try Frame.content(of: plain)
    }

    private mutating func next() throws(InferenceError) -> [UInt8] {
        guard number < Self.mostFrames else { throw InferenceError(.tooLong, "an answer has too many frames") }
        defer { number += 1 }
        return zip(base, [0, 0, 0, 0] + number.bigEndianBytes).map { $0 ^ $1 }
    }
}
