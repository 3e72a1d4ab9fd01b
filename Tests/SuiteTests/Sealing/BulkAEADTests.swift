import ChancerySuite
import Testing

struct BulkAEADTests {
    private static let baseNonce = [UInt8](200..<212)

    private static func key() -> SecretBytes {
        var bytes = [UInt8](0..<32)
        return SecretBytes(erasing: &bytes)
    }

    /// The nonce of a chunk, byte by byte.
    private static func nonce(_ index: UInt64) -> [UInt8] {
        var nonce = baseNonce
        for place in 0..<8 { nonce[11 - place] ^= UInt8(truncatingIfNeeded: index >> UInt64(8 * place)) }
        return nonce
    }

    @Test(arguments: [0, 1, 255, 256, 65_535, 1 << 32, (1 << 38) - 1, .max] as [UInt64], [0, 1, 15, 16, 17, 16_383, 16_384])
    func `a chunk is what the plain AEAD seals under the chunk's nonce`(index: UInt64, length: Int) throws {
        let bulk = try BulkAEAD(key: Self.key(), baseNonce: Self.baseNonce)
        let plaintext = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var sealed = [UInt8](repeating: 0, count: length + 16)
        var target = sealed.mutableSpan
        try bulk.seal(plaintext.span, at: index, into: &target)
        #expect(try sealed == AEAD.seal(plaintext, key: Self.key(), nonce: Self.nonce(index)))
        var opened = [UInt8](repeating: 1, count: length)
        var slot = opened.mutableSpan
        try bulk.open(sealed.span, at: index, into: &slot)
        #expect(opened == plaintext)
    }

    @Test func `a changed or moved chunk does not open and leaves no plaintext`() throws {
        let bulk = try BulkAEAD(key: Self.key(), baseNonce: Self.baseNonce)
        var sealed = [UInt8](repeating: 0, count: 36)
        var target = sealed.mutableSpan
        try bulk.seal([UInt8](repeating: 7, count: 20).span, at: 3, into: &target)
        func opens(_ bytes: [UInt8], at index: UInt64) -> Bool {
            var opened = [UInt8](repeating: 1, count: 20)
            var slot = opened.mutableSpan
            do throws(SuiteError) {
                try bulk.open(bytes.span, at: index, into: &slot)
                return true
            } catch {
                #expect(error.reason == .openFailed)
                #expect(!opened.contains(7))
                return false
            }
        }
        #expect(opens(sealed, at: 3))
        #expect(!opens(sealed, at: 2))
        #expect(!opens(sealed, at: 3 + 1 << 40))
        for place in sealed.indices {
            for bit in 0..<8 {
                var altered = sealed
                altered[place] ^= 1 << UInt8(bit)
                #expect(!opens(altered, at: 3))
            }
            #expect(!opens(Array(sealed[..<place]), at: 3))
        }
        #expect(!opens(sealed + [0], at: 3))
    }

    @Test(arguments: [(31, 12), (33, 12), (16, 12), (32, 11), (32, 13)])
    func `other lengths of key and nonce are refused`(keyBytes: Int, nonceBytes: Int) {
        let error = #expect(throws: SuiteError.self) {
            try BulkAEAD(key: SecretBytes(count: keyBytes), baseNonce: [UInt8](repeating: 0, count: nonceBytes))
        }
        #expect(error?.reason == .invalidParameters)
    }

    @Test(arguments: [0, 15, 16, 35, 37])
    func `a buffer that does not fit is refused before anything is written`(room: Int) throws {
        let bulk = try BulkAEAD(key: Self.key(), baseNonce: Self.baseNonce)
        var buffer = [UInt8](repeating: 9, count: room)
        let error = #expect(throws: SuiteError.self) {
            var target = buffer.mutableSpan
            try bulk.seal([UInt8](repeating: 7, count: 20).span, at: 0, into: &target)
        }
        #expect(error?.reason == .invalidParameters)
        #expect(buffer.allSatisfy { $0 == 9 })
    }
}
