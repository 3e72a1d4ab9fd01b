internal import ChancerySuite

/// Which attempt a ``ResumeLedger`` belongs to: the salt, and the place that the body is bound to.
public struct ResumeHeader: Sendable, Hashable {
    public static let byteCount = 96
    private static let magic = Array("CHRESUM1".utf8)

    public let salt: [UInt8]
    /// SHA-256 of the body's context.
    private let contextHash: [UInt8]
    let check: [UInt8]

    /// - Throws: `vault.resume_invalid` for a salt of another length.
    public init(salt: [UInt8], context: BodyContext) throws(VaultError) {
        guard salt.count == BodyHeader.saltBytes else {
            throw VaultError(.resumeInvalid, "a salt has \(BodyHeader.saltBytes) bytes")
        }
        self.salt = salt
        contextHash = Digest.sha256(context.bytes)
        let label = Array("chancery/vault-resume/v1".utf8) + [0]
        check = Digest.sha256(label + Self.magic + salt + contextHash)
    }

    /// The first 96 bytes of the file: `CHRESUM1`, salt, hash of the context, and the hash of all three.
    public var bytes: [UInt8] { Self.magic + salt + contextHash + check }

    /// Reads the header of an attempt to seal the body of `context`.
    ///
    /// - Throws: `vault.resume_invalid` when it is damaged or of another body: take a new salt.
    public init(decoding bytes: [UInt8], context: BodyContext) throws(VaultError) {
        guard bytes.count == Self.byteCount else {
            throw VaultError(.resumeInvalid, "the header of an interrupted put has \(Self.byteCount) bytes")
        }
        try self.init(salt: Array(bytes[8..<32]), context: context)
        guard self.bytes == bytes else {
            throw VaultError(.resumeInvalid, "the header of an interrupted put is damaged or of another body")
        }
    }
}
