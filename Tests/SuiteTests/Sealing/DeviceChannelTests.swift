import ChancerySuite
import ChanceryWire
import Testing

/// What a channel to a TPM is made of.
struct DeviceChannelTests {
    @Test func `AES-128-CFB gives the values of SP 800-38A, F_3_13`() throws {
        let key = try Hex.decode("2b7e151628aed2a6abf7158809cf4f3c")
        let start = try Hex.decode("000102030405060708090a0b0c0d0e0f")
        let plain = try Hex.decode("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
        let expected = try Hex.decode("3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b")
        // Any length: the last segment may be short.
        for length in [0, 1, 15, 16, 17, 31, 32] {
            let hidden = try DeviceChannel.encrypt(Array(plain[..<length]), key: key, start: start)
            #expect(hidden == Array(expected[..<length]), "\(length) bytes")
            #expect(try DeviceChannel.decrypt(hidden, key: key, start: start) == Array(plain[..<length]))
        }
    }

    @Test func `both ends of an agreement get the same secret, and a point off the curve gets none`() throws {
        // The base point of P-256 (SP 800-186, §3.2.1.3): with it the shared point is our own half.
        let x = try Hex.decode("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
        let y = try Hex.decode("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
        let agreement = try DeviceChannel.agree(x: x, y: y)
        #expect(agreement.shared == agreement.x)
        #expect(try DeviceChannel.agree(x: x, y: y).shared != agreement.shared)
        var off = y
        off[31] ^= 1
        #expect(throws: SuiteError.self) { try DeviceChannel.agree(x: x, y: off) }
        #expect(throws: SuiteError.self) { try DeviceChannel.agree(x: x, y: Array(y.dropLast())) }
        let zero = [UInt8](repeating: 0, count: 32)
        #expect(throws: SuiteError.self) { try DeviceChannel.agree(x: zero, y: zero) }
    }

    @Test(arguments: [(15, 16), (16, 15), (32, 16), (0, 0)])
    func `other lengths of key and starting value are refused`(key: Int, start: Int) {
        #expect(throws: SuiteError.self) {
            try DeviceChannel.encrypt([1], key: [UInt8](repeating: 0, count: key), start: [UInt8](repeating: 0, count: start))
        }
    }
}
