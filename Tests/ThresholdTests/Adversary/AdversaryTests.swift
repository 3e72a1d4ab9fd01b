import ChanceryArithmetic
import ChanceryCircuit
import ChancerySuite
import ChanceryThreshold
import Testing

struct AdversaryTests {
    /// Every kind of gate: a product, a division, a comparison and a choice, on inputs with ranges.
    private static var circuit: Circuit {
        get throws {
            try Circuit(
                inputs: Sample.inputs(2, range: 0...1023), secrets: Sample.secrets(1, range: 0...1023),
                gates: [
                    .input(0), .input(1), .secret(0), .products([Sample.pair(0, 2)], Circuit.Truncation(shift: 4, bits: 40)),
                    .sum([Sample.term(3, 1), Sample.term(1, -1)], .zero), .isNegative(Sample.wire(4), bits: 20),
                    .products([Sample.pair(5, 4)], nil),
                ],
                outputs: [Sample.output(5, "negative"), Sample.output(6, "product")])
        }
    }
    private static let inputs: [[FieldElement]] = [
        [FieldElement(700), FieldElement(3)], [FieldElement(1), FieldElement(1000)],
    ]
    private static let secrets = [FieldElement(512)]

    /// The values that a run of these inputs can give, divisions being one or a few units off.
    private static func isRight(_ outputs: [[FieldElement]]) -> Bool {
        let (a, b) = (outputs[0], outputs[1])
        return a[0] == .zero && a[1] == .zero && b[0] == .one && (Int128(-968)...(-968 + 40)).contains(b[1].signed)
    }

    /// A session with prepared material; everybody in `liars` commits `fault` at (kind, step).
    private struct Scene {
        let committee: LocalCommittee
        let plan: Plan
        let installed: InstalledSecrets

        init(_ size: Int, _ quorum: Int) throws {
            committee = try Sample.committee(size, quorum)
            installed = try committee.install(AdversaryTests.circuit, AdversaryTests.secrets)
            plan = try Plan(AdversaryTests.circuit)
        }

        func run(_ tap: @escaping (LocalNetwork.Message) -> [LocalNetwork.Message]) throws -> (
            LocalCommittee.Run, ClientSession.Result?
        ) {
            committee.network.tap = { [$0] }
            let pools = try committee.material(plan, count: 2, secrets: installed)
            let indices = try #require(pools[0].value?.free.first)
            committee.network.tap = tap
            let parties = Array(committee.committee.members)
            let run = try LocalCommittee.Run(committee, plan, pools, indices, secrets: installed, parties: parties) { session in
                try ClientSession(
                    AdversaryTests.circuit, values: AdversaryTests.inputs, committee: committee.committee, session: session,
                    parties: parties)
            }
            try run.finish()
            return (run, run.client.value?.result)
        }

        /// The kinds and steps of the frames of an honest run.
        func places() throws -> [(kind: UInt8, step: UInt8)] {
            var places: [[UInt8]] = []
            let (_, result) = try run { message in
                let place = Fault.place(message)
                if message.from > 0, !places.contains([place.kind, place.step]) { places.append([place.kind, place.step]) }
                return [message]
            }
            #expect(AdversaryTests.isRight(try #require(result).outputs))
            return places.map { ($0[0], $0[1]) }
        }
    }

    @Test(arguments: [(3, 2), (5, 3)], Fault.allCases)
    func `a lie at any step never gives a wrong result`(of size: (Int, Int), fault: Fault) throws {
        let scene = try Scene(size.0, size.1)
        for place in try scene.places() {
            let (_, result) = try scene.run { message in
                guard message.from == 2, Fault.place(message) == place else { return [message] }
                return fault.apply(message, victim: 1)
            }
            if let result { #expect(Self.isRight(result.outputs), "\(fault) at \(place)") }
            // Somebody noticed, unless nothing was said that differs.
            // What came in the place of a frame may be what an honest one had.
            let isHarmless = result != nil && [.twice, .ahead, .foreign, .equivocal].contains(fault)
            #expect(isHarmless || scene.committee.network.errors.contains { $0.step != "ignored" }, "\(fault) at \(place)")
        }
    }

    @Test(arguments: [(4, 2, 1), (5, 2, 1), (7, 3, 2)], Fault.allCases)
    func `with custodians enough every lie is put right and its sender named`(of size: (Int, Int, Int), fault: Fault) throws {
        let scene = try Scene(size.0, size.1)
        let liars = Array((2...).prefix(size.2))
        for place in try scene.places() {
            let (run, result) = try scene.run { message in
                guard liars.contains(message.from), Fault.place(message) == place else { return [message] }
                return fault.apply(message, victim: 1)
            }
            let outputs = try #require(result, "\(fault) at \(place): \(scene.committee.network.errors)").outputs
            #expect(Self.isRight(outputs), "\(fault) at \(place)")
            let report = run.sessions[0].value?.report
            let honest = try #require(report, "\(fault) at \(place)")
            let named = Set(honest.liars + honest.dropped + (result?.liars ?? []))
            let toClientOnly = [FrameKind.inputMasks.rawValue, FrameKind.output.rawValue].contains(place.kind)
            // What the client alone was sent, it alone can tell; repeated frames of a session that is over are not heard.
            let isUnheard = toClientOnly && [.equivocal, .silent, .twice, .ahead, .foreign].contains(fault)
            // A second frame after the round is over is a replay like any other.
            #expect(isUnheard || fault == .twice || named == Set(liars), "\(fault) at \(place): \(named)")
            #expect(named.isSubset(of: liars))
        }
    }

    @Test(arguments: [(3, 2), (4, 2), (5, 3)], Fault.allCases)
    func `material made among lies is refused or right`(of size: (Int, Int), fault: Fault) throws {
        let committee = try Sample.committee(size.0, size.1)
        let installed = try committee.install(Self.circuit, Self.secrets)
        let plan = try Plan(Self.circuit)
        var places: [[UInt8]] = []
        committee.network.tap = { message in
            let place = Fault.place(message)
            if !places.contains([place.kind, place.step]) { places.append([place.kind, place.step]) }
            return [message]
        }
        _ = try committee.material(plan, count: 2, secrets: installed)
        var refusals = 0
        for place in places {
            committee.network.tap = { message in
                guard message.from == 2, Fault.place(message) == (place[0], place[1]) else { return [message] }
                return fault.apply(message, victim: 1)
            }
            let pools: [LocalCommittee.Slot<MaterialPool>]
            do {
                pools = try committee.material(plan, count: 2, secrets: installed)
            } catch let error as ThresholdError {
                refusals += 1
                #expect(error.parties.isEmpty || error.parties == [2], "\(fault) at \(place): \(error)")
                continue
            }
            committee.network.tap = { [$0] }
            let parties = Array(1...size.0)
            let indices = try #require(pools[0].value?.free.first)
            let run = try LocalCommittee.Run(committee, plan, pools, indices, secrets: installed, parties: parties) { session in
                try ClientSession(
                    Self.circuit, values: Self.inputs, committee: committee.committee, session: session, parties: parties)
            }
            try run.finish()
            let result = run.client.value?.result
            #expect(Self.isRight(try #require(result).outputs), "\(fault) at \(place)")
        }
        // At N = 3t + 1 wrong shares of degree t are put right; nothing else goes unseen but frames after the last round.
        let isTolerated = [.twice, .ahead].contains(fault) || (size.0 == 4 && [.wrong, .equivocal].contains(fault))
        #expect(isTolerated || refusals == places.count, "\(fault): \(refusals) of \(places.count)")
    }

    @Test(arguments: Sample.committees)
    func `delays, reordering and replays change nothing`(size: Int, quorum: Int) throws {
        var generator = SeededGenerator(seed: UInt64(size * 100 + quorum))
        let scene = try Scene(size, quorum)
        for _ in 0..<5 {
            scene.committee.network.pick = { count in Int.random(in: 0..<count, using: &generator) }
            var past: [LocalNetwork.Message] = []
            let (_, result) = try scene.run { message in
                past.append(message)
                return [message, past[past.count / 2], message].filter { $0.to == message.to || $0.from == message.from }
            }
            #expect(Self.isRight(try #require(result).outputs))
            #expect(scene.committee.network.errors.allSatisfy { $0.step == "ignored" })
        }
    }

    @Test
    func `with one of three silent there is a result only where a package allows it, and it says so`() throws {
        let scene = try Scene(3, 2)
        var error = #expect(throws: ThresholdError.self) {
            _ = try scene.committee.evaluate(Self.circuit, Self.inputs, secrets: Self.secrets, parties: [1, 3])
        }
        #expect(error?.code == "threshold.too_few_parties")
        let result = try scene.committee.evaluate(
            Self.circuit, Self.inputs, secrets: Self.secrets, parties: [1, 3], allowsUnchecked: true)
        #expect(Self.isRight(result.outputs))
        #expect(result.assurance == .unchecked)
        error = #expect(throws: ThresholdError.self) {
            _ = try scene.committee.evaluate(
                Self.circuit, Self.inputs, secrets: Self.secrets, parties: [3], allowsUnchecked: true)
        }
        #expect(error?.code == "threshold.too_few_parties")
    }

    @Test(arguments: [(4, 2, 1, Assurance.checked), (5, 2, 1, .corrected), (7, 3, 2, .checked)])
    func `with custodians down the rest give what the table says`(size: Int, quorum: Int, down: Int, assurance: Assurance)
        throws
    {
        let scene = try Scene(size, quorum)
        let result = try scene.committee.evaluate(
            Self.circuit, Self.inputs, secrets: Self.secrets, parties: Array(down + 1...size))
        #expect(Self.isRight(result.outputs))
        #expect(result.assurance == assurance)
    }

    /// Custodian 5 tells each half what it has itself: with three equal hashes of five, both would go on.
    @Test
    func `one claim takes no two inputs, whatever a custodian tells each half of the others`() throws {
        let scene = try Scene(5, 2)
        var other: [UInt8] = []
        let (_, result) = try scene.run { message in
            var changed = message
            switch (message.from, message.to) {
            case (0, 3), (0, 4):
                changed.bytes[Frame.headerBytes] ^= 1
                var hashed = Array("chancery/threshold/submission/v1".utf8) + [0]
                hashed += message.bytes[4..<36]
                hashed += changed.bytes[Frame.headerBytes...]
                other = Digest.sha256(hashed)
            case (5, 3), (5, 4):
                guard Fault.place(message) == (FrameKind.transcript.rawValue, 0) else { return [message] }
                changed.bytes.replaceSubrange(Frame.headerBytes..., with: other)
            default: break
            }
            return [changed]
        }
        #expect(result == nil)
        let failed = scene.committee.network.errors.filter {
            $0.step == "failed" && $0.error.code == "threshold.submissions_differ"
        }
        #expect(Set(failed.map(\.party)).isSuperset(of: [1, 2, 3, 4]))
    }

    /// Four of five take part: until the client's values are agreed on none of them can be spared, afterwards one can.
    @Test(arguments: [(FrameKind.transcript, false), (FrameKind.opening, true)])
    func `whoever is silent before the client's values are agreed on may hold others`(silent: FrameKind, isServed: Bool) throws
    {
        let scene = try Scene(5, 2)
        scene.committee.network.tap = { message in
            let place = Fault.place(message)
            let isSilent = message.from == 4 && place.kind == silent.rawValue && (isServed || place.step == 0)
            return isSilent ? [] : [message]
        }
        func evaluate(_ parties: [Int]) throws -> ClientSession.Result {
            try scene.committee.evaluate(Self.circuit, Self.inputs, secrets: Self.secrets, parties: parties)
        }
        if isServed {
            let result = try evaluate([1, 2, 3, 4])
            #expect(Self.isRight(result.outputs))
            #expect(result.assurance == .checked)
        } else {
            let error = #expect(throws: ThresholdError.self) { _ = try evaluate([1, 2, 3, 4]) }
            #expect(error?.code == "threshold.silent_party")
            let few = #expect(throws: ThresholdError.self) { _ = try evaluate([1, 2, 3]) }
            #expect(few?.code == "threshold.too_few_parties")
        }
    }

    @Test(arguments: [(3, 2), (4, 2)])
    func `a client that sends custodians different values gets nothing wrong`(size: Int, quorum: Int) throws {
        let scene = try Scene(size, quorum)
        let (_, result) = try scene.run { message in
            guard message.from == 0, message.to == 1 else { return [message] }
            var changed = message
            changed.bytes[Frame.headerBytes] ^= 1
            return [changed]
        }
        if let result { #expect(Self.isRight(result.outputs)) }
        #expect((result == nil) == (size == 3))
        #expect(scene.committee.network.errors.contains { $0.party == 1 && $0.error.code == "threshold.submissions_differ" })
    }

    /// Bytes of one custodian and of strangers: flipped, cut, lengthened, misaddressed, made up.
    @Test(arguments: [(3, 2), (4, 2), (5, 3)], [UInt64(1), 2, 3])
    func `nonsense never traps and never gives a wrong result`(of size: (Int, Int), seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let scene = try Scene(size.0, size.1)
        for _ in 0..<25 {
            let (_, result) = try scene.run { message in
                guard message.from == 2 || message.from == 0 else { return [message] }
                var changed = message
                switch UInt8.random(in: 0..<12, using: &generator) {
                case 0:
                    changed.bytes[Int.random(in: 0..<message.bytes.count, using: &generator)] ^=
                        1 << UInt8.random(in: 0..<8, using: &generator)
                case 1: changed.bytes.removeLast(Int.random(in: 1...message.bytes.count, using: &generator))
                case 2: changed.bytes += [UInt8](repeating: 0, count: 16)
                case 3:
                    changed.bytes = (0..<Int.random(in: 0..<200, using: &generator)).map { _ in
                        UInt8.random(in: 0...255, using: &generator)
                    }
                case 4: changed.bytes[Int.random(in: 0..<4, using: &generator)] = UInt8.random(in: 0...12, using: &generator)
                case 5: for place in 36..<48 { changed.bytes[place] = UInt8.random(in: 0...255, using: &generator) }
                default: return [message]
                }
                return [changed, message]
            }
            if let result { #expect(Self.isRight(result.outputs)) }
        }
    }
}
