internal import ChanceryWire

/// Reads the packed numbers of ``UnicodeData``: LEB128, zigzag where signed.
struct PackedReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ packed: String) {
        guard let bytes = try? Base64.standard.decode(packed) else { preconditionFailure("the tables are generated") }
        self.bytes = bytes
    }

    mutating func number() -> Int {
        var value = 0
        var shift = 0
        while true {
            let byte = bytes[position]
            position += 1
            value |= Int(byte & 0x7f) << shift
            guard byte & 0x80 != 0 else { return value }
            shift += 7
        }
    }

    mutating func signed() -> Int {
        let value = number()
        return value & 1 == 0 ? value >> 1 : -(value >> 1) - 1
    }

    /// A list of ranges.
    mutating func ranges() -> [ClosedRange<UInt32>] {
        var end = 0
        return (0..<number()).map { _ in
            let first = end + number()
            end = first + number()
            return UInt32(first)...UInt32(end)
        }
    }
}
