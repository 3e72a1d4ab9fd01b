import ChanceryVigil
import ChanceryWire
import Testing

/// The engine against its twin over random histories. The seed is in the message.
struct TwinTests {
    @Test(arguments: 0..<10)
    func `every number is what the whole history says`(seed: UInt64) throws {
        let deeds = Histories.random(seed: seed, count: 160)
        let partner = Histories.random(seed: seed / 2, count: 160)
        let profile: VigilProfile = seed % 2 == 0 ? .standard : .seed
        var watch = AgentWatch(agent: "a", profile: profile)
        var other = AgentWatch(agent: "b", profile: profile)
        var generator = SeededGenerator(seed: seed)
        for place in deeds.indices {
            deeds[place].apply(to: &watch)
            partner[place].apply(to: &other)
            guard place % 20 == 0 || place == deeds.count - 1 else { continue }
            let twin = TwinWatch(Array(deeds[...place]), profile: profile)
            let twins = [TwinWatch(Array(partner[...place]), profile: profile)]
            for wait in [0, 3000, 200_000, 3_000_000] {
                let now = max(watch.clock, other.clock) + Int64.random(in: 0...Int64(wait), using: &generator)
                let found = watch.assessment(at: now, peers: [other])
                let note: Comment = "seed \(seed), deed \(place), wait \(wait)"
                #expect(found.risk?.value == twin.risk(at: now, peers: twins), note)
                #expect(found.trustParts?.score.value == (twin.events.count < 10 ? nil : twin.trust(at: now)), note)
                #expect(found.collusion.value == twin.collusion(at: now, peers: twins), note)
                #expect(found.chain.value == twin.chain(at: now), note)
                #expect(found.isHeld == twin.isHeld(at: now), note)
                let stability = twin.stability(at: now)
                #expect(found.stability.rawValue == stability.state, note)
                #expect(found.stabilityReading.since == stability.since * 3600, note)
                #expect(found.stabilityReading.delta24h?.value == stability.delta24h, note)
                #expect(found.stabilityReading.delta7d?.value == stability.delta7d, note)
                #expect(found.stabilityReading.deviation?.value == stability.deviation, note)
                #expect(found.stabilityReading.snapshots == stability.snapshots, note)
            }
            // What was kept continues as if it had never been put away.
            let kept = try AgentWatch(json: watch.json())
            #expect(kept == watch)
            watch = kept
        }
    }

    @Test func `the histories reach every state`() {
        var states: Set<StabilityState> = []
        var bands: Set<RiskBand> = []
        var signs: Set<Alert.Kind> = []
        for seed in 0..<12 as Range<UInt64> {
            var watch = AgentWatch(agent: "a", profile: .standard)
            let other = AgentWatch("b", Histories.random(seed: seed, count: 160))
            for (place, deed) in Histories.random(seed: seed, count: 160).enumerated() {
                deed.apply(to: &watch)
                guard place % 5 == 0 else { continue }
                let found = watch.assessment(at: 0, peers: [other])
                states.insert(found.stability)
                bands.insert(found.band)
                signs.formUnion(found.alerts.map(\.kind))
            }
        }
        #expect(states == Set(StabilityState.allCases))
        #expect(bands.isSuperset(of: [.safe, .watch, .critical]))
        #expect(signs.union([.silenceBreak]) == Set(Alert.Kind.allCases))
    }
}
