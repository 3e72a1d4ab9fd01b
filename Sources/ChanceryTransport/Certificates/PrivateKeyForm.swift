public import ChancerySuite
internal import SwiftASN1

/// Private keys as TLS libraries read them: PKCS#8 with the seed of RFC 9881 §6, `[0] IMPLICIT OCTET STRING (SIZE (32))`.
public enum PrivateKeyForm {
    /// The PEM text. It is the key in the clear.
    ///
    /// - Throws: `suite.invalid_key` for another suite than ML-DSA-65.
    public static func pem(_ key: SigningKey<Purpose.TLS>) throws -> String {
        var der = try der(key)
        defer { SecretBytes.erase(&der) }
        return PEM.encode(der, type: PEM.privateKey)
    }

    /// The DER, which the caller erases.
    static func der(_ key: SigningKey<Purpose.TLS>) throws -> [UInt8] {
        guard key.suite == .mlDSA65, let secret = key.exportSeed() else {
            throw SuiteError(.invalidKey, "a TLS key is an ML-DSA-65 key with its seed")
        }
        var seed = secret.copyForExport()
        defer { SecretBytes.erase(&seed) }
        return try DER.Serializer.bytes { coder in
            try coder.sequence { coder in
                try coder.serialize(0)
                try coder.mlDSA65()
                coder.primitive(.octetString, [0x80, 0x20] + seed)
            }
        }
    }
}
