internal import ChancerySuite
internal import ChanceryWire

/// What a frame is for. The byte is authenticated with the frame.
enum FrameKind: UInt8, Sendable {
    /// First in a request: what is asked for, such as `chat/completions`.
    case operation = 0x01
    /// A part of a request's body; another frame follows.
    case part = 0x02
    /// The last part of a request's body.
    case last = 0x03
    /// First in a response: status and media type.
    case head = 0x11
    /// A part of a response's body; another frame follows.
    case answer = 0x12
    /// Last in a response: the service's receipt.
    case receipt = 0x13
}

/// One piece of a stream as it travels: kind, u32 length, ciphertext with tag.
///
/// The plaintext is a u16 count, so many bytes of content, and zeros up to a multiple of 256 bytes: what is streamed word by
/// word does not show how long the words are.
struct Frame: Sendable, Equatable {
    static let headBytes = 5
    static let block = 256
    static let maximumPlaintext = 32_768
    /// Most bytes of content.
    static let maximumContent = maximumPlaintext - 2

    let kind: FrameKind
    let sealed: [UInt8]

    var bytes: [UInt8] { [kind.rawValue] + UInt32(sealed.count).bigEndianBytes + sealed }

    /// Whether a ciphertext can have `count` bytes.
    static func isPossible(_ count: Int) -> Bool {
        let plain = count - AEAD.tagBytes
        return (block...maximumPlaintext).contains(plain) && plain % block == 0
    }

    /// The plaintext that holds `content`.
    static func padded(_ content: [UInt8]) throws(InferenceError) -> [UInt8] {
        guard content.count <= maximumContent else {
            throw InferenceError(.tooLong, "a frame holds at most \(maximumContent) bytes, not \(content.count)")
        }
        let plain = UInt16(content.count).bigEndianBytes + content
        return plain + [UInt8](repeating: 0, count: (block - plain.count % block) % block)
    }

    /// The content of a plaintext, which must be the one form of it.
    static func content(of plain: [UInt8]) throws(InferenceError) -> [UInt8] {
        guard plain.count >= 2 else { throw InferenceError(.malformed, "a frame is too short") }
        let count = Int(plain[0]) << 8 | Int(plain[1])
        guard count <= maximumContent, (count + 2 + block - 1) / block * block == plain.count,
            plain[(count + 2)...].allSatisfy({ $0 == 0 })
        else { throw InferenceError(.malformed, "a frame is not padded as it should be") }
        return Array(plain[2..<count + 2])
    }
}

extension FixedWidthInteger {
    /// Most significant first.
    var bigEndianBytes: [UInt8] {
        (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (Self.bitWidth - 8 - 8 * $0)) }
    }
}
