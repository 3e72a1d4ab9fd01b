import ChanceryCustodian
import Testing

/// What a custodian keeps of the frames of others until they state what they sent.
struct FrameLedgerTests {
    /// A frame without payload, as custodian 2 sends one to custodian 1.
    private static func frame(step: UInt32) -> [UInt8] {
        var bytes: [UInt8] = [1, 6, 2, 1] + [UInt8](repeating: 7, count: 32)
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: step >> shift)) }
        return bytes + [UInt8](repeating: 0, count: 8)
    }

    @Test func `the smallest frames of a custodian that states nothing take little room and little time`() {
        var ledger = FrameLedger()
        for step in 0..<UInt32(10 * FrameLedger.mostFrames) { ledger.hear(Self.frame(step: step), from: 2) }
        #expect((FrameLedger.mostFrames / 2...FrameLedger.mostFrames).contains(ledger.heardCount(of: 2)))
    }

    @Test func `the longest frames of a custodian make room for its next ones`() {
        var ledger = FrameLedger()
        var long = Self.frame(step: 0)
        long.replaceSubrange(40..<44, with: [0, 127, 255, 208])
        long += [UInt8](repeating: 1, count: 8_388_560)
        for _ in 0..<9 { ledger.hear(long, from: 2) }
        // Of eight megabytes each.
        #expect((2...4).contains(ledger.heardCount(of: 2)))
        ledger.hear(Self.frame(step: 1), from: 3)
        #expect(ledger.heardCount(of: 3) == 1)
    }
}
