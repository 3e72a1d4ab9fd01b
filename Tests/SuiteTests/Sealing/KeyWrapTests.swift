import ChancerySuite
import ChanceryWire
import Testing

struct KeyWrapTests {
    private static func secret(_ hex: String) throws -> SecretBytes {
        var bytes = try Hex.decode(hex)
        return SecretBytes(erasing: &bytes)
    }

    @Test func `the 256-bit example of RFC 3394 wraps and unwraps`() throws {
        let wrapping = try Self.secret("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
        let text = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f"
        let wrapped = try KeyWrap.wrap(Self.secret(text), under: wrapping)
        #expect(Hex.encode(wrapped) == "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21")
        #expect(Hex.encode(try KeyWrap.unwrap(wrapped, under: wrapping).copyForExport()) == text)
        for place in wrapped.indices {
            for bit in 0..<8 {
                var altered = wrapped
                altered[place] ^= 1 << UInt8(bit)
                let error = #expect(throws: SuiteError.self) { _ = try KeyWrap.unwrap(altered, under: wrapping) }
                #expect(error?.reason == .openFailed)
            }
            #expect(throws: SuiteError.self) { _ = try KeyWrap.unwrap(Array(wrapped[..<place]), under: wrapping) }
        }
    }

    @Test(arguments: [(32, 8), (32, 15), (32, 17), (16, 32), (31, 32), (32, 4104)])
    func `other lengths are refused`(wrappingBytes: Int, keyBytes: Int) {
        let error = #expect(throws: SuiteError.self) {
            try KeyWrap.wrap(SecretBytes(count: keyBytes), under: SecretBytes(count: wrappingBytes))
        }
        #expect(error?.reason == .invalidParameters)
    }

    @Test func `expansion is that of RFC 5869 section 2.3`() throws {
        // Computed with Python's hmac: T(1) ‖ T(2) of RFC 5869 §2.3.
        let key = try Self.secret("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
        let expanded = try Derivation.hkdfExpandSHA512(key, info: Array("info".utf8), count: 76)
        #expect(Hex.encode(expanded.copyForExport()) == Self.expanded)
        for count in [-1, 0, 255 * 64 + 1] {
            #expect(throws: SuiteError.self) { _ = try Derivation.hkdfExpandSHA512(key, info: [], count: count) }
        }
        let bytes = key.copyForExport()
        #expect(
            try Derivation.hkdfSHA384(key, salt: [1], info: [2], count: 48).copyForExport()
                == Derivation.hkdfSHA384(bytes, salt: [1], info: [2], count: 48))
    }

    private static let expanded =
        "d40d67a9d7c34ec3c2c3eca41e6f25e08441c93422575b091a5d9f9cb9bd6da3f7145c42fae0a63d0c73fedacaaa63ed"
        + "bdd80d92f11aeaa7d8deac5ccef5e4ae89eaeee743c853e23658c065"
}
