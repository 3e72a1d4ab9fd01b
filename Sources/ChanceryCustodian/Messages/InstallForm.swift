public import ChanceryOracle
public import ChancerySuite
public import ChanceryWire

/// A package with its owner's order, as it travels over HTTP.
public struct InstallForm: Sendable {
    public let package: [UInt8]
    public let order: UnverifiedRecord

    public static func json(_ package: [UInt8], _ order: InstallOrder) throws -> JSONValue {
        ["order": try JSONParser.parse(order.record.bytes), "package": .string(Base64.url.encode(package))]
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "installation")
        package = try Base64.url.decode(reader.string("package", limit: 2 * ProgramContent.maximumBytes))
        order = try UnverifiedRecord(reader.value("order"))
        try reader.finish()
    }
}
