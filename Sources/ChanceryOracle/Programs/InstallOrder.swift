public import ChancerySuite
internal import ChanceryWire

/// An owner asks custodians to keep a package: nobody else takes up their room.
///
/// It is about one package and one set of custodians, so showing it again does nothing new.
public struct InstallOrder: Sendable {
    public static let type = "chancery/compute-install/v1"

    public let record: VerifiedRecord
    /// The id of the owner's ticket key.
    public let owner: [UInt8]
    /// SHA3-256 of the package's bytes.
    public let package: [UInt8]
    /// Of the ``CustodianSet``.
    public let custodians: [UInt8]

    /// Signs an order. `salt` is 16 random bytes.
    public static func sign(
        _ package: [UInt8], for custodians: CustodianSet, by key: SigningKey<Purpose.Ticket>, salt: [UInt8]
    ) throws -> InstallOrder {
        let body: JSONObject = [
            "custodians": .string(Hex.encode(custodians.digest)), "owner": .string(Hex.encode(key.publicKey.id)),
            "package": .string(Hex.encode(Digest.sha3_256(package))), "salt": .string(Base64.url.encode(salt)),
        ]
        return try InstallOrder(.sign(body, type: type, by: key))
    }

    /// The owner whose order `record` says it is. Nobody has checked it.
    public static func statedOwner(_ record: UnverifiedRecord) throws -> [UInt8] {
        try Hex.decode(record.body["owner"]?.string ?? "?", count: 32)
    }

    /// Reads the order of the owner with `key` for `package` and `custodians`.
    ///
    /// - Throws: `compute.install_foreign` for another package, set or owner; errors of reading and of a false signature.
    public static func verify(
        _ record: UnverifiedRecord, for package: [UInt8], custodians: CustodianSet, by key: VerifyingKey<Purpose.Ticket>
    ) throws -> InstallOrder {
        let order = try InstallOrder(record.verify(type: type, by: key))
        guard order.owner == key.id, order.package == Digest.sha3_256(package), order.custodians == custodians.digest else {
            throw OracleError(.installForeign, "the order is for another package or other custodians, or of another owner")
        }
        return order
    }

    private init(_ record: VerifiedRecord) throws {
        var reader = RecordReader(record.body, "order")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("salt", count: 16)
        owner = try reader.hex("owner", count: 32)
        package = try reader.hex("package", count: 32)
        custodians = try reader.hex("custodians", count: 32)
        try reader.finish()
        self.record = record
    }
}

extension OracleError.Reason {
    /// An order to install that is not for the package at hand.
    public static let installForeign = Self(rawValue: "compute.install_foreign")
}
