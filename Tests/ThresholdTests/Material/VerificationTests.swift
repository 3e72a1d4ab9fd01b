import ChanceryArithmetic
import ChanceryCircuit
import ChanceryThreshold
import Testing

struct VerificationTests {
    /// A sum of `length` products, and `gates` of them.
    private static func plan(gates: Int, length: Int) throws -> Plan {
        let inputs: [Circuit.Gate] = (0..<4).map { .input($0) }
        let products: [Circuit.Gate] = (0..<gates).map { gate in
            .products((0..<length).map { Sample.pair((gate + $0) % 4, (gate * $0) % 4) }, nil)
        }
        return try Plan(
            Circuit(
                inputs: Sample.inputs(4), secrets: [], gates: inputs + products, outputs: [Sample.output(3 + gates)]))
    }

    /// `liar` adds one to its share at `place` of the first round, and sees what the others then see: all transcripts agree.
    private static func lie(
        _ liar: Int, at place: Int, among parties: [Int], through helper: Int
    ) throws -> (LocalNetwork.Message) -> [LocalNetwork.Message] {
        let weights = try #require(Lagrange.coefficients(parties.map { FieldElement(UInt64($0)) }, at: .zero))
        let own = try #require(parties.firstIndex(of: liar).map { weights[$0] })
        let other = try #require(parties.firstIndex(of: helper).map { weights[$0] }?.inverse())
        return { message in
            guard Fault.place(message) == (FrameKind.opening.rawValue, 0) else { return [message] }
            let added: FieldElement = message.from == liar ? .one : own * other
            guard message.from == liar || (message.from == helper && message.to == liar) else { return [message] }
            var changed = message
            let range = Frame.headerBytes + 16 * place..<Frame.headerBytes + 16 * (place + 1)
            let share = FieldElement(bytes: message.bytes[range]) ?? .zero
            changed.bytes.replaceSubrange(range, with: (share + added).bytes)
            return [changed]
        }
    }

    @Test(arguments: [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (15, 1), (16, 1), (17, 1), (1, 16), (3, 7), (40, 2)])
    func `one wrong product anywhere in a batch is caught`(gates: Int, length: Int) throws {
        let committee = try Sample.committee(3, 2)
        let plan = try Self.plan(gates: gates, length: length)
        #expect(try committee.material(plan, count: 2, secrets: nil).count == 3)
        // Every opened product, and the random one behind them.
        for place in 0...2 * gates {
            committee.network.tap = try Self.lie(3, at: place, among: [1, 2, 3], through: 1)
            let error = #expect(throws: ThresholdError.self) { _ = try committee.material(plan, count: 2, secrets: nil) }
            #expect(error?.code == "threshold.verification_failed", "product \(place)")
        }
    }

    @Test
    func `a wrong square never becomes a bit`() throws {
        let committee = try Sample.committee(3, 2)
        let plan = try Plan(
            Circuit(
                inputs: Sample.inputs(1), secrets: [], gates: [.input(0), .isNegative(Sample.wire(0), bits: 9)],
                outputs: [Sample.output(1)]))
        for place in 0..<8 {
            committee.network.tap = try Self.lie(1, at: place, among: [1, 2, 3], through: 3)
            let error = #expect(throws: ThresholdError.self) { _ = try committee.material(plan, count: 1, secrets: nil) }
            #expect(error?.code == "threshold.verification_failed")
        }
    }

    @Test
    func `the openings of a committee large enough show a wrong product by themselves`() throws {
        for (size, quorum) in [(4, 2), (7, 3)] {
            let committee = try Sample.committee(size, quorum)
            committee.network.tap = { message in
                guard message.from == 2, message.bytes[1] == FrameKind.opening.rawValue else { return [message] }
                var changed = message
                changed.bytes[Frame.headerBytes] ^= 1
                return [changed]
            }
            let error = #expect(throws: ThresholdError.self) {
                _ = try committee.material(Self.plan(gates: 2, length: 2), count: 1, secrets: nil)
            }
            #expect(error?.code == "threshold.inconsistent_shares")
        }
    }

    @Test
    func `material for too many indices at once or among too few is refused`() throws {
        let committee = try Sample.committee(3, 2)
        let plan = try Self.plan(gates: 1, length: 1)
        #expect(plan.maximumBatch > 100_000 && plan.maximumBatch <= 1 << 20)
        var error = #expect(throws: ThresholdError.self) {
            _ = try committee.material(plan, count: plan.maximumBatch + 1, secrets: nil)
        }
        #expect(error?.code == "threshold.wrong_material")
        error = #expect(throws: ThresholdError.self) {
            _ = try committee.material(plan, count: 1, secrets: nil, parties: [1, 2])
        }
        #expect(error?.code == "threshold.too_few_parties")
    }

    @Test
    func `with one of four custodians down material is verified in a batch, and right`() throws {
        let committee = try Sample.committee(4, 2)
        let plan = try Self.plan(gates: 3, length: 2)
        committee.network.tap = try Self.lie(2, at: 0, among: [1, 2, 4], through: 1)
        let error = #expect(throws: ThresholdError.self) {
            _ = try committee.material(plan, count: 1, secrets: nil, parties: [1, 2, 4])
        }
        #expect(error?.code == "threshold.verification_failed")
        committee.network.tap = { [$0] }
        #expect(try committee.material(plan, count: 1, secrets: nil, parties: [1, 2, 4]).count == 3)
    }
}
