import ChanceryVigil
import ChanceryWire
import Testing

struct ProfileTests {
    @Test func `the two named profiles weigh as the reference's code and description do`() throws {
        var watch = AgentWatch(Histories.steady(hours: 50, timestamped: false))
        #expect(watch.assessment(at: 0).contributions.trust == Millionths(30_000))
        watch = AgentWatch(Histories.steady(hours: 50, timestamped: false), profile: .seed)
        #expect(watch.assessment(at: 0).contributions.trust == Millionths(52_500))
        #expect(VigilProfile.standard.engine == "chancery-vigil/1 standard")
        #expect(VigilProfile.seed.engine == "chancery-vigil/1 seed")
    }

    @Test(arguments: [(20, 30, 30, 15), (120, -20, 0, 0), (0, 0, 0, 0)])
    func `weights that do not add up are refused`(trust: Int64, stability: Int64, collusion: Int64, chain: Int64) {
        let error = #expect(throws: VigilError.self) {
            try RiskWeights(trust: trust, stability: stability, collusion: collusion, chain: chain)
        }
        #expect(error?.code == "vigil.profile_invalid")
    }

    @Test(arguments: ["", "Standard", "a b", "é", String(repeating: "a", count: 33)])
    func `a name that is no name is refused`(name: String) {
        #expect(throws: VigilError.self) { try VigilProfile(name: name) }
    }

    @Test func `a known name cannot stand for other numbers`() throws {
        let error = #expect(throws: VigilError.self) { try VigilProfile(name: "standard", weights: .seed) }
        #expect(error?.code == "vigil.profile_invalid")
        #expect(try VigilProfile(name: "seed", weights: .seed) == .seed)
        #expect(try VigilProfile(name: "seed", weights: .seed).engine == VigilProfile.seed.engine)
    }

    @Test func `an engine of one's own names its numbers`() throws {
        let mine = try VigilProfile(name: "mine", weights: .seed)
        let digest = SHA256.digest(try CanonicalForm.jcs.encode(mine.json())).prefix(4)
        #expect(mine.engine == "chancery-vigil/1 mine#" + Hex.encode(digest))
        #expect(try VigilProfile(json: mine.json()).engine == mine.engine)
        let others = try [
            VigilProfile(name: "mine"), VigilProfile(name: "mine2", weights: .seed),
            VigilProfile(
                name: "mine", weights: .seed,
                bands: RiskBands(watch: Millionths(1), alert: Millionths(500_000), critical: Millionths(750_000))),
        ].map(\.engine)
        #expect(Set(others + [mine.engine]).count == 4)
    }

    @Test(arguments: [(0, 500_000, 750_000), (500_000, 500_000, 750_000), (250_000, 500_000, 1_000_001)])
    func `bands that do not rise are refused`(watch: Int64, alert: Int64, critical: Int64) {
        #expect(throws: VigilError.self) {
            try RiskBands(watch: Millionths(watch), alert: Millionths(alert), critical: Millionths(critical))
        }
    }

    @Test(arguments: [(0, 7), (1_000_000, 7), (700_000, 0), (700_000, 366)])
    func `thresholds out of range are refused`(share: Int64, days: Int64) {
        #expect(throws: VigilError.self) {
            try CollusionThresholds(
                concentration: Millionths(share), entropyDrop: Millionths(400_000), synchronisation: Millionths(920_000),
                silence: days * 86_400)
        }
    }

    @Test(
        arguments: [
            (249_999, RiskBand.safe), (250_000, .watch), (499_999, .watch), (500_000, .alert), (749_999, .alert),
            (750_000, .critical),
        ] as [(Int64, RiskBand)])
    func `a bound belongs to the band it begins`(risk: Int64, band: RiskBand) {
        #expect(RiskBands.standard.band(of: Millionths(risk)) == band)
    }

    @Test func `thresholds and bands of a profile are used`() throws {
        let strict = try VigilProfile(
            name: "strict",
            thresholds: CollusionThresholds(
                concentration: Millionths(500_000), entropyDrop: Millionths(400_000), synchronisation: Millionths(920_000),
                silence: 3 * 86_400),
            bands: RiskBands(watch: Millionths(10_000), alert: Millionths(20_000), critical: Millionths(900_000)))
        // Two of three with one peer: above one half, below seven tenths.
        let deeds = (0..<30).map { index in
            Deed.event(
                index: UInt64(index), time: 1_787_774_400 + Int64(index), type: "a2a_message", peer: index % 3 == 0 ? "x" : "y",
                verified: true, timestamped: true, attested: false)
        }
        #expect(AgentWatch(deeds).assessment(at: 0).collusionParts.concentration == .zero)
        let found = AgentWatch(deeds, profile: strict).assessment(at: 0)
        #expect(found.collusionParts.concentration == Millionths(333_334))
        #expect(found.band == .alert)
        #expect(try VigilProfile(json: strict.json()) == strict)
    }
}
