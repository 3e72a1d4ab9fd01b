internal import ChancerySuite
public import ChanceryWire

/// Answers as pqc-ai-governance 0.1.0 answers over a FIPS 204 backend, its holes included.
///
/// For comparison only (rule L7). What it does not check: whether the key in the record belongs to anybody, who is named
/// as the signer, unknown members, and how the hexadecimal is written.
public enum ReferencePackage {
    /// The package's `verify_proposal`, `verify_vote` and `verify_result`.
    public static func verifies(_ record: JSONValue, as kind: ReferenceRecordKind) -> Bool {
        guard let object = record.object, let digest = try? ReferenceForm.digest(of: object, kind),
            let label = object["algorithm"]?.string, let algorithm = SignatureAlgorithm(rawValue: label),
            algorithm.isClassical == false, let key = object["public_key"]?.string.flatMap(bytes),
            let signature = object["signature"]?.string.flatMap(bytes),
            let verifier = try? PublicSignatureKey.cached(algorithm, key)
        else { return false }
        return verifier.isValid(signature, for: digest)
    }

    /// Python's `bytes.fromhex`: either case, and ASCII white space between bytes.
    private static func bytes(_ text: String) -> [UInt8]? {
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
