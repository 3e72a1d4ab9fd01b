/// A secret as a place of custody gave it out, with the names that the place binds.
///
/// `"CHSS" | 01 | u8 length, backend | u8 length, label | u32be length, payload`. All bytes before the payload are
/// associated data of places that seal with an AEAD (``header``).
public struct SealedSecret: Sendable, Equatable {
    public static let maximumSecretBytes = 4096
    public static let maximumPayloadBytes = 65_536
    static let magic = Array("CHSS".utf8) + [1]

    public let backend: CustodyLabel
    public let label: CustodyLabel
    /// What it means is the place's own affair.
    public let payload: [UInt8]

    /// - Throws: `vault.custody_malformed` for an empty payload or one beyond ``maximumPayloadBytes``.
    public init(backend: CustodyLabel, label: CustodyLabel, payload: [UInt8]) throws(VaultError) {
        guard (1...Self.maximumPayloadBytes).contains(payload.count) else {
            throw VaultError(.custodyMalformed, "a sealed secret has 1 to \(Self.maximumPayloadBytes) bytes")
        }
        self.backend = backend
        self.label = label
        self.payload = payload
    }

    /// The bytes before the payload's length: magic, version and both names.
    package static func header(_ backend: CustodyLabel, _ label: CustodyLabel) -> [UInt8] {
        magic + [UInt8(backend.text.utf8.count)] + backend.text.utf8 + [UInt8(label.text.utf8.count)] + label.text.utf8
    }

    public var bytes: [UInt8] {
        let length = UInt32(payload.count)
        let stated = (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
        return Self.header(backend, label) + stated + payload
    }

    /// - Throws: `vault.custody_malformed` for anything but what ``bytes`` wrote.
    public init(_ bytes: [UInt8]) throws(VaultError) {
        guard bytes.count <= Self.maximumPayloadBytes + 256, bytes.starts(with: Self.magic) else {
            throw VaultError(.custodyMalformed, "the file does not start with `CHSS` and version 1")
        }
        var offset = Self.magic.count
        let backend = try Self.label(bytes, &offset)
        let label = try Self.label(bytes, &offset)
        guard offset + 4 <= bytes.count else { throw Self.cut }
        let length = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
        guard length == bytes.count - offset - 4 else { throw Self.cut }
        try self.init(backend: backend, label: label, payload: Array(bytes[(offset + 4)...]))
    }

    private static func label(_ bytes: [UInt8], _ offset: inout Int) throws(VaultError) -> CustodyLabel {
        guard offset < bytes.count else { throw cut }
        let end = offset + 1 + Int(bytes[offset])
        guard end <= bytes.count else { throw cut }
        let text = String(decoding: bytes[offset + 1..<end], as: UTF8.self)
        offset = end
        return try CustodyLabel(text)
    }

    private static let cut = VaultError(.custodyMalformed, "the sealed secret is cut or too long")
}

extension SealedSecret {
    /// Refuses a secret of another place or label before any work.
    package func check(_ capabilities: CustodyCapabilities, _ label: CustodyLabel) throws(VaultError) {
        guard backend == capabilities.name, self.label == label else {
            throw VaultError(
                .wrongSecret, "the secret is `\(self.label)` of `\(backend)`, not `\(label)` of `\(capabilities.name)`")
        }
    }
}
