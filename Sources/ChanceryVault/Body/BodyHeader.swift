internal import ChancerySuite

/// What a body starts with: its salt, and the commitment to the key that follows from data key, salt and context.
public struct BodyHeader: Sendable, Hashable {
    public static let saltBytes = 24
    public static let commitmentBytes = 32
    public static let byteCount = saltBytes + commitmentBytes

    public let salt: [UInt8]
    public let commitment: [UInt8]
    /// The first 56 bytes of the body.
    public var bytes: [UInt8] { salt + commitment }

    /// - Throws: `vault.body_length` for other lengths.
    public init(salt: [UInt8], commitment: [UInt8]) throws(VaultError) {
        guard salt.count == Self.saltBytes, commitment.count == Self.commitmentBytes else {
            throw VaultError(
                .bodyLength, "a body starts with a salt of \(Self.saltBytes) bytes and a commitment of \(Self.commitmentBytes)")
        }
        self.salt = salt
        self.commitment = commitment
    }

    /// - Throws: `vault.body_length` unless there are exactly 56 bytes.
    public init(decoding bytes: [UInt8]) throws(VaultError) {
        guard bytes.count == Self.byteCount else {
            throw VaultError(.bodyLength, "a body starts with \(Self.byteCount) bytes, found \(bytes.count)")
        }
        try self.init(salt: Array(bytes[..<Self.saltBytes]), commitment: Array(bytes[Self.saltBytes...]))
    }

    /// A salt that no body had before. Every attempt to seal takes its own (rule V2).
    public static func freshSalt() -> [UInt8] { SystemRandom.bytes(saltBytes) }
}
