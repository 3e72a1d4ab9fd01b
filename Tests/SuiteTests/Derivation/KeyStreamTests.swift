import ChancerySuite
import ChanceryWire
import Testing

struct KeyStreamTests {
    private static func stream(_ key: String) throws -> KeyStream {
        var bytes = try Hex.decode(key)
        return try KeyStream(key: SecretBytes(erasing: &bytes))
    }

    /// NIST SP 800-38A, F.5.5: the output blocks of CTR-AES256.
    @Test
    func `the published output blocks are written`() throws {
        let stream = try Self.stream("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
        var bytes = [UInt8](repeating: 9, count: 64)
        var span = bytes.mutableSpan
        stream.fill(&span, from: (0xf0f1_f2f3_f4f5_f6f7, 0xf8f9_fafb_fcfd_feff))
        let blocks = [
            "0bdf7df1591716335e9a8b15c860c502", "5a6e699d536119065433863c8f657b94", "1bc12c9c01610d5d0d8bd6a3378eca62",
            "2956e1c8693536b1bee99c73a31576b6",
        ]
        #expect(Hex.encode(bytes) == blocks.joined())
    }

    @Test
    func `a block is the same alone and among others`() throws {
        let stream = try Self.stream(String(repeating: "07", count: 32))
        var all = [UInt8](repeating: 0, count: 16 * 40)
        var whole = all.mutableSpan
        stream.fill(&whole, from: (3, 1 << 32 - 20))
        for block in 0..<40 {
            var one = [UInt8](repeating: 1, count: 16)
            var span = one.mutableSpan
            stream.fill(&span, from: (3, (1 << 32 - 20) + UInt64(block)))
            #expect(one == Array(all[16 * block..<16 * block + 16]))
        }
        let blocks = (0..<40).map { block in Array(all[16 * block..<16 * block + 16]) }
        #expect(Set(blocks).count == 40)
    }

    @Test(arguments: [1, 16, 31, 33])
    func `keys of another length are refused`(count: Int) {
        let error = #expect(throws: SuiteError.self) { _ = try Self.stream(String(repeating: "00", count: count)) }
        #expect(error?.code == "suite.invalid_parameters")
    }
}
