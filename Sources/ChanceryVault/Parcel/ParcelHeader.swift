/// What a parcel starts with: one file sealed for other identities, without a vault.
///
/// `CHPARCL1`, then four parts, each after its length as u32be: the sender's identity documents, manifest, sealing and keyring.
/// The body follows and ends the file. See docs/spec/container.md.
public struct ParcelHeader: Sendable, Equatable {
    public static let magic = Array("CHPARCL1".utf8)
    /// Most bytes of a part.
    public static let maximumPartBytes = 1 << 20

    /// A JSON array of identity documents, the first one first.
    public let documents: [UInt8]
    public let manifest: [UInt8]
    public let sealing: [UInt8]
    public let keyring: [UInt8]

    private var parts: [[UInt8]] { [documents, manifest, sealing, keyring] }

    /// - Throws: `vault.parcel_malformed` for an empty part or one of more than ``maximumPartBytes``.
    public init(documents: [UInt8], manifest: [UInt8], sealing: [UInt8], keyring: [UInt8]) throws(VaultError) {
        self.documents = documents
        self.manifest = manifest
        self.sealing = sealing
        self.keyring = keyring
        for part in parts { try Self.check(part.count) }
    }

    /// The whole header.
    public var bytes: [UInt8] {
        parts.reduce(into: Self.magic) { bytes, part in
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: part.count >> (24 - 8 * $0)) } + part
        }
    }

    /// Reads a header from the start of a parcel.
    ///
    /// - Parameter next: gives exactly so many of the bytes that come next, or fewer at the end of the parcel.
    /// - Throws: `vault.parcel_malformed`, and what `next` throws.
    public init(reading next: (_ count: Int) throws -> [UInt8]) throws {
        guard try next(Self.magic.count) == Self.magic else {
            throw VaultError(.parcelMalformed, "the file is no parcel of this version")
        }
        func part() throws -> [UInt8] {
            let length = try next(4)
            let count = length.reduce(0) { $0 << 8 | Int($1) }
            guard length.count == 4 else { throw VaultError(.parcelMalformed, "the parcel ends in its header") }
            try Self.check(count)
            let bytes = try next(count)
            guard bytes.count == count else { throw VaultError(.parcelMalformed, "the parcel ends in its header") }
            return bytes
        }
        try self.init(documents: part(), manifest: part(), sealing: part(), keyring: part())
    }

    private static func check(_ count: Int) throws(VaultError) {
        guard (1...maximumPartBytes).contains(count) else {
            throw VaultError(.parcelMalformed, "a part of a parcel has 1 to \(maximumPartBytes) bytes, not \(count)")
        }
    }
}

extension VaultError.Reason {
    /// A file that is no parcel, or whose parts are not those of one.
    public static let parcelMalformed = Self(rawValue: "vault.parcel_malformed")
    /// A parcel of somebody else than the one who was named.
    public static let parcelSender = Self(rawValue: "vault.parcel_sender")
}
