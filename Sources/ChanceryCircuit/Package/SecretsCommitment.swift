public import ChanceryArithmetic
internal import ChancerySuite

/// What a package says about its secrets' values: a salted hash. Whoever has salt and values can show that the installed
/// weights are those of the approved package; the hash alone tells nothing about them.
public enum SecretsCommitment {
    public static let label = "chancery/compute-secrets/v1"
    public static let saltLength = 32

    /// SHA3-256(label ‖ 00 ‖ salt ‖ u32be(count) ‖ elements of 16 bytes, little-endian, in the order of the circuit's secrets).
    ///
    /// The salt has 32 random bytes, which the owner keeps with the values. Nil for another length.
    public static func digest(of values: [FieldElement], salt: [UInt8]) -> [UInt8]? {
        guard salt.count == saltLength, let count = UInt32(exactly: values.count) else { return nil }
        var bytes = Array(label.utf8) + [0] + salt
        for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        for value in values { bytes += value.bytes }
        return Digest.sha3_256(bytes)
    }
}
