internal import ChancerySuite
internal import ChanceryWire

/// The name of a vault: 16 random bytes, drawn when it is made.
public struct VaultID: Sendable, Hashable {
    public static let byteCount = 16
    public let bytes: [UInt8]
    public var text: String { Hex.encode(bytes) }

    public init(_ bytes: [UInt8]) throws(VaultError) { self.bytes = try checked(bytes, Self.byteCount, "a vault's id") }
    public init(_ text: String) throws { try self.init(Hex.decode(text, count: Self.byteCount)) }
    private init(trusted bytes: [UInt8]) { self.bytes = bytes }

    public static func random() -> VaultID { VaultID(trusted: SystemRandom.bytes(byteCount)) }
}

/// The name of an artifact over all its versions, in the form of pqc-enclave-sdk: `urn:pqc-enclave-art:` and 32 hex digits.
public struct ArtifactID: Sendable, Hashable {
    public static let byteCount = 16
    public static let prefix = "urn:pqc-enclave-art:"
    public let bytes: [UInt8]
    public var text: String { Self.prefix + Hex.encode(bytes) }

    public init(_ bytes: [UInt8]) throws(VaultError) { self.bytes = try checked(bytes, Self.byteCount, "an artifact's id") }
    public init(_ text: String) throws {
        guard text.utf8.starts(with: Self.prefix.utf8) else {
            throw VaultError(.invalidName, "an artifact's id starts with `\(Self.prefix)`")
        }
        // As bytes: a `String` would join a combining mark to the last character of the prefix.
        let digits = String(decoding: Array(text.utf8.dropFirst(Self.prefix.utf8.count)), as: UTF8.self)
        try self.init(Hex.decode(digits, count: Self.byteCount))
    }
    private init(trusted bytes: [UInt8]) { self.bytes = bytes }

    public static func random() -> ArtifactID { ArtifactID(trusted: SystemRandom.bytes(byteCount)) }
}

/// The name of the key that one version's bodies are sealed with. It says nothing about the key.
public struct DataKeyID: Sendable, Hashable {
    public static let byteCount = 16
    public let bytes: [UInt8]
    public var text: String { Hex.encode(bytes) }

    public init(_ bytes: [UInt8]) throws(VaultError) { self.bytes = try checked(bytes, Self.byteCount, "a data key's id") }
    public init(_ text: String) throws { try self.init(Hex.decode(text, count: Self.byteCount)) }
    private init(trusted bytes: [UInt8]) { self.bytes = bytes }

    public static func random() -> DataKeyID { DataKeyID(trusted: SystemRandom.bytes(byteCount)) }
}

/// What writs and decisions call one version of an artifact: the id of its manifest, SHA3-256 of the body.
public struct ManifestDigest: Sendable, Hashable {
    public static let byteCount = 32
    public let bytes: [UInt8]
    public var text: String { Hex.encode(bytes) }

    public init(_ bytes: [UInt8]) throws(VaultError) { self.bytes = try checked(bytes, Self.byteCount, "a manifest's digest") }
    public init(_ text: String) throws { try self.init(Hex.decode(text, count: Self.byteCount)) }
    init(_ record: VerifiedRecord) { bytes = record.id }
}

private func checked(_ bytes: [UInt8], _ count: Int, _ what: String) throws(VaultError) -> [UInt8] {
    guard bytes.count == count else { throw VaultError(.invalidName, "\(what) has \(count) bytes, found \(bytes.count)") }
    return bytes
}
