internal import ChanceryWire

/// What Python's `json.dumps(…, sort_keys=True, separators=(",", ":"))` prints: AISS-1's form, in ASCII.
enum PythonJSON {
    static func encode(_ value: JSONValue) throws(WireError) -> [UInt8] {
        let text = String(decoding: try CanonicalForm.aiss1.encode(value), as: UTF8.self)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        // Only strings hold anything else than printable ASCII.
        for scalar in text.unicodeScalars {
            if (0x20..<0x7f).contains(scalar.value) {
                bytes.append(UInt8(scalar.value))
            } else {
                for unit in UTF16.encode(scalar)! {
                    bytes += Array("\\u".utf8) + Array(Hex.encode([UInt8(unit >> 8), UInt8(unit & 0xff)]).utf8)
                }
            }
        }
        return bytes
    }
}
