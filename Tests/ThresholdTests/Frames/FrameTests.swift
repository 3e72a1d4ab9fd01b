import ChanceryThreshold
import Testing

struct FrameTests {
    /// An opening of one element, 5, of custodian 2 for custodian 3, in step 258.
    private static let golden: [UInt8] =
        [1, 4, 2, 3] + [UInt8](0..<32) + [0, 0, 1, 2, 0, 0, 0, 16, 0, 0, 0, 0, 5] + [UInt8](repeating: 0, count: 15)

    @Test
    func `the golden bytes are read and written`() throws {
        let frame = try Frame(Self.golden)
        #expect(frame.kind == .opening)
        #expect((frame.sender, frame.recipient, frame.step) == (2, 3, 258))
        #expect(frame.session.bytes == [UInt8](0..<32))
        #expect(frame.payload.count == 16 && frame.payload[0] == 5)
        #expect(frame.bytes == Self.golden)
    }

    @Test(arguments: 0..<golden.count)
    func `every truncation is refused`(length: Int) {
        let error = #expect(throws: ThresholdError.self) { _ = try Frame(Array(Self.golden[..<length])) }
        #expect(error?.code == "threshold.invalid_frame")
    }

    @Test
    func `trailing bytes, other versions, kinds, numbers and lengths are refused`() {
        let changes: [(Int, UInt8)] = [
            (0, 2), (0, 0), (1, 0), (1, 10), (1, 255), (2, 10), (3, 255), (40, 255), (43, 15), (43, 17), (47, 1),
        ]
        for (place, value) in changes {
            var bytes = Self.golden
            bytes[place] = value
            #expect(throws: ThresholdError.self, "byte \(place) = \(value)") { _ = try Frame(bytes) }
        }
        #expect(throws: ThresholdError.self) { _ = try Frame(Self.golden + [0]) }
    }

    @Test
    func `a session's name depends on everything that it is for`() throws {
        let program = try ProgramContext(package: [UInt8](repeating: 1, count: 32), version: "1", epoch: 1)
        func name(
            _ program: ProgramContext, _ purpose: StreamPurpose = .evaluation, _ indices: Range<UInt64> = 0..<1,
            _ parties: [Int] = [1, 2, 3], _ binding: [UInt8] = []
        ) -> SessionID {
            SessionID(evaluating: program, purpose, indices: indices, parties: parties, secrets: nil, binding: binding)
        }
        let names = try [
            name(program), name(program, .secrets), name(program, .evaluation, 1..<2), name(program, .evaluation, 0..<2),
            name(program, .evaluation, 0..<1, [1, 2, 4]), name(program, .evaluation, 0..<1, [1, 2]),
            name(program, .evaluation, 0..<1, [1, 2, 3], [0]),
            SessionID(preparing: program, .evaluation, indices: 0..<1, parties: [1, 2, 3], binding: []),
            SessionID(
                evaluating: program, indices: 0..<1, parties: [1, 2, 3],
                secrets: InstalledSecrets(program, index: 0, masked: []), binding: []),
            name(ProgramContext(package: [UInt8](repeating: 2, count: 32), version: "1", epoch: 1)),
            name(ProgramContext(package: [UInt8](repeating: 1, count: 32), version: "2", epoch: 1)),
            name(ProgramContext(package: [UInt8](repeating: 1, count: 32), version: "1", epoch: 2)),
        ]
        #expect(Set(names).count == names.count)
        #expect(throws: ThresholdError.self) { _ = try ProgramContext(package: [], version: "1", epoch: 1) }
    }
}
