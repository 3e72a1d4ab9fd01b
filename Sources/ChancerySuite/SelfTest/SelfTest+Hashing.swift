extension SelfTest {
    /// FIPS 180-4 and FIPS 202, the message `abc`.
    static let hashing: [Case] = [
        Case("SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") {
            Digest.sha256(Array("abc".utf8))
        },
        Case(
            "SHA-384",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        ) {
            Digest.sha384(Array("abc".utf8))
        },
        Case(
            "SHA-512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ) {
            Digest.sha512(Array("abc".utf8))
        },
        Case("SHA3-256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532") {
            Digest.sha3_256(Array("abc".utf8))
        },
    ]

    /// RFC 4231 case 2, RFC 5869 case 1 (and the same input for the longer hashes), RFC 7914 with p = 1.
    static let derivation: [Case] = [
        Case("HMAC-SHA256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843") {
            Derivation.hmacSHA256(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        },
        Case(
            "HKDF-SHA256",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        ) {
            try Derivation.hkdfSHA256(keyMaterial, salt: salt, info: info, count: 42)
        },
        Case(
            "HKDF-SHA384",
            "9b5097a86038b805309076a44b3a9f38063e25b516dcbf369f394cfab43685f748b6457763e4f0204fc5"
        ) {
            try Derivation.hkdfSHA384(keyMaterial, salt: salt, info: info, count: 42)
        },
        Case(
            "HKDF-SHA512",
            "832390086cda71fb47625bb5ceb168e4c8e26a1a16ed34d9fc7fe92c1481579338da362cb8d9f925d7cb"
        ) {
            try Derivation.hkdfSHA512(keyMaterial, salt: salt, info: info, count: 42)
        },
        Case("scrypt", "27b418c674c769d12501fbb1f53bac32df6514c0f28d043872b148b348961a79") {
            var passphrase = Array("password".utf8)
            return try ScryptParameters(logN: 10, blockSize: 8, parallelism: 1)
                .derive(passphrase: SecretBytes(erasing: &passphrase), salt: Array("NaCl".utf8), count: 32)
                .copyForExport()
        },
    ]

    private static let keyMaterial = [UInt8](repeating: 0x0b, count: 22)
    private static let salt = [UInt8](0...12)
    private static let info = [UInt8](0xf0...0xf9)
}
