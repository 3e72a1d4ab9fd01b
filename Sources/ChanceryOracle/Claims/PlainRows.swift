public import ChanceryArithmetic
internal import ChancerySuite
internal import ChanceryWire

/// The inputs of a claim's evaluations where custodians see them: a row (1, x) each.
///
/// Stored as `u32 rows | u32 columns | 16-byte elements`, most significant byte first for the numbers.
public struct PlainRows: Sendable, Hashable {
    public static let label = "chancery/compute-rows/v1"

    /// Each begins with one; all have the same length.
    public let rows: [[FieldElement]]

    /// Adds the leading one to each of `inputs`.
    ///
    /// - Throws: `compute.rows_malformed` for none or more than 4096 inputs, or for lengths that differ or are not 1…4096.
    public init(inputs: [[FieldElement]]) throws(OracleError) {
        try self.init(rows: inputs.map { [.one] + $0 })
    }

    private init(rows: [[FieldElement]]) throws(OracleError) {
        guard let columns = rows.first?.count, rows.count <= Int(Claim.mostEvaluations),
            RankTerms.features.contains(Int64(columns) - 1), rows.allSatisfy({ $0.count == columns && $0[0] == .one })
        else {
            throw OracleError(.rowsMalformed, "rows are 1 to 4096 inputs of 1 to 4096 features, all of one length")
        }
        self.rows = rows
    }

    /// SHA3-256 of the label, a zero byte and the stored form.
    public var digest: [UInt8] { Digest.sha3_256(Array(Self.label.utf8) + [0] + bytes) }

    public var bytes: [UInt8] {
        var output = Self.fixed(rows.count) + Self.fixed(rows[0].count)
        output.reserveCapacity(8 + rows.count * rows[0].count * FieldElement.byteCount)
        for row in rows { for element in row { output += element.bytes } }
        return output
    }

    /// Reads the stored form.
    ///
    /// - Throws: `wire.invalid_value` for another length than the counts give or an element that is not canonical.
    public init(decoding bytes: [UInt8]) throws {
        guard bytes.count >= 8 else { throw WireError(.truncated, "rows begin with two counts", offset: bytes.count) }
        let count = Self.number(bytes[0..<4])
        let columns = Self.number(bytes[4..<8])
        guard (1...4096).contains(count), (2...4097).contains(columns),
            bytes.count == 8 + count * columns * FieldElement.byteCount
        else { throw WireError(.invalidValue, "rows have another length than their counts give", offset: 0) }
        var rows: [[FieldElement]] = []
        var offset = 8
        for _ in 0..<count {
            var row: [FieldElement] = []
            for _ in 0..<columns {
                guard let element = FieldElement(bytes: bytes[offset..<offset + FieldElement.byteCount]) else {
                    throw WireError(.invalidValue, "an element of a row is not in the field", offset: offset)
                }
                row.append(element)
                offset += FieldElement.byteCount
            }
            rows.append(row)
        }
        try self.init(rows: rows)
    }

    private static func fixed(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}

extension OracleError.Reason {
    /// The inputs of a claim do not have the shape of rows, are missing, or are not those that the claim names.
    public static let rowsMalformed = Self(rawValue: "compute.rows_malformed")
}
