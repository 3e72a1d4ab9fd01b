internal import ChanceryWire

/// What pqc-enclave-sdk 0.1.0 writes: canonical bytes and hexadecimal.
enum SeedForm {
    /// Members by code point, no spaces; only texts, `true`, `false`, `null` and integers within ±(2^53−1).
    static func canonicalBytes(_ object: JSONObject) throws -> [UInt8] {
        guard !holdsOtherNumbers(.object(object)) else {
            throw WireError(.numberOutOfRange, "a record of the seed holds a number beyond 2^53 or a decimal")
        }
        return try CanonicalForm.aiss1.encode(object)
    }

    private static func holdsOtherNumbers(_ value: JSONValue) -> Bool {
        switch value {
        case .double, .bigInteger: true
        case .integer(let number): number.magnitude > UInt64(CanonicalForm.largestSafeInteger)
        case .array(let elements): elements.contains(where: holdsOtherNumbers)
        case .object(let object): object.members.contains { holdsOtherNumbers($0.value) }
        default: false
        }
    }

    /// Python's `bytes.fromhex`: either case, and ASCII white space between bytes.
    static func bytes(_ text: String) -> [UInt8]? {
        var digits: [UInt8] = []
        for byte in text.utf8 {
            if byte == 0x20 || (0x09...0x0d).contains(byte) {
                guard digits.count.isMultiple(of: 2) else { return nil }
            } else {
                digits.append((0x41...0x46).contains(byte) ? byte + 0x20 : byte)
            }
        }
        return try? Hex.decode(String(decoding: digits, as: UTF8.self))
    }
}
