package import ChanceryOracle
internal import ChancerySuite
internal import ChanceryWire

/// A claim's certificate with the inputs that it names, where custodians see them: what is kept for custodians that were away.
///
/// `u32 length of the certificate | certificate | rows`, the rows being absent or as ``PlainRows`` stores them.
package struct CertifiedClaim {
    /// Most bytes of rows that a claim is signed for: what is left of a message is more than its certificate takes.
    package static let mostRowBytes = 11 << 20

    /// Whether a certificate and its rows, of so many bytes, fit a message to another custodian. One that does not could be shown to
    /// nobody, and would keep everybody from rejoining.
    package static func fits(certificate: Int, rows: Int) -> Bool {
        4 * (certificate + rows + headBytes) / 3 + 4096 <= CustodianMessage.maximumBytes
    }

    private static let headBytes = 4

    let certificate: [UInt8]
    let rows: PlainRows?

    package init(_ certificate: [UInt8], rows: PlainRows?) {
        self.certificate = certificate
        self.rows = rows
    }

    package var bytes: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: certificate.count >> $0) } + certificate + (rows?.bytes ?? [])
    }

    /// - Throws: `custodian.message_malformed`, and the errors of reading rows.
    init(decoding bytes: [UInt8]) throws {
        guard bytes.count >= Self.headBytes else {
            throw CustodianError(.messageMalformed, "a certified claim begins with a length")
        }
        let length = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= bytes.count - Self.headBytes else {
            throw CustodianError(.messageMalformed, "a certified claim is shorter than it says")
        }
        certificate = Array(bytes[4..<4 + length])
        rows = bytes.count == 4 + length ? nil : try PlainRows(decoding: Array(bytes[(4 + length)...]))
    }
}

extension RecordReader {
    /// Rows in base64url, or null.
    mutating func plainRows(_ name: String) throws -> PlainRows? {
        let value = try value(name)
        return value.isNull ? nil : try PlainRows(decoding: Base64.url.decode(value.string ?? "?"))
    }
}

extension PlainRows? {
    var json: JSONValue { map { .string(Base64.url.encode($0.bytes)) } ?? .null }
}
