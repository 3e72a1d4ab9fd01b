import ChancerySuite
import Testing

struct PublicKeyCacheTests {
    @Test func `any number of keys keeps the cache within its limit`() throws {
        for index in 0..<(PublicSignatureKey.cacheLimit * 2 + 10) {
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 30) + [UInt8(index >> 8), 1]
            _ = try PublicSignatureKey.cached(.ed25519, bytes)
            #expect(PublicSignatureKey.cachedKeys <= PublicSignatureKey.cacheLimit)
        }
    }

    @Test func `a key of one algorithm is never served for another`() throws {
        let key = try PrivateSignatureKey.generate(.mlDSA65)
        _ = try PublicSignatureKey.cached(.mlDSA65, key.publicKey)
        #expect(throws: SuiteError.self) { try PublicSignatureKey.cached(.mlDSA87, key.publicKey) }
        #expect(throws: SuiteError.self) { try PublicSignatureKey.cached(.ed25519, key.publicKey) }
    }
}
