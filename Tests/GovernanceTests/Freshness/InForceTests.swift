import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct InForceTests {
    private static let now = UTCTime(seconds: 1_800_000_000)
    private var story: DecisionStory

    init() throws {
        story = try DecisionStory(members: 4)
        try story.decide(.updatePolicy([UInt8](repeating: 1, count: 32)))
    }

    private func code(_ beats: [UnverifiedRecord], at now: UTCTime = now, of head: Head<GovernanceState>? = nil) -> String? {
        do {
            _ = try InForce(head ?? story.head, beats: beats, at: now, within: 600)
            return nil
        } catch { return (error as? any CodedError)?.code }
    }

    @Test func `more than two thirds of the weight say so, and no fewer`() throws {
        #expect(try code(story.beats(at: Self.now, by: [0, 1, 2])) == nil)
        #expect(try code(story.beats(at: Self.now, by: [0, 1])) == "governance.not_fresh")
        #expect(code([]) == "governance.not_fresh")
        // One member's word counts once.
        let twice = try story.beats(at: Self.now, by: [0, 1]) + story.beats(at: Self.now.advanced(bySeconds: -1), by: [0, 1])
        #expect(code(twice) == "governance.not_fresh")
    }

    @Test(arguments: [(-601, false), (-600, true), (0, true), (60, true), (61, false)] as [(Int64, Bool)])
    func `a beat counts from its age to the skew of clocks`(offset: Int64, counts: Bool) throws {
        let beats = try story.beats(at: Self.now.advanced(bySeconds: offset))
        #expect((code(beats) == nil) == counts, "\(offset) s")
    }

    @Test func `leases count from the earliest of the youngest quorum`() throws {
        let beats =
            try story.beats(at: Self.now.advanced(bySeconds: -300), by: [3])
            + story.beats(at: Self.now.advanced(bySeconds: -20), by: [0, 1])
            + story.beats(at: Self.now.advanced(bySeconds: -90), by: [2])
        let found = try InForce(story.head, beats: beats, at: Self.now, within: 600)
        #expect(found.since == Self.now.advanced(bySeconds: -90))
    }

    @Test func `beats about another decision, of strangers and with changed bits are refused`() throws {
        var other = story
        try other.decide(.updatePolicy([UInt8](repeating: 2, count: 32)))
        #expect(try code(other.beats(at: Self.now)) == "governance.beat_invalid")
        #expect(try code(story.beats(at: Self.now), of: other.head) == "governance.beat_invalid")
        let strangers = try DecisionStory(SampleFederation(weights: [1, 1, 1, 1], name: "another"))
        #expect(try code(strangers.beats(at: Self.now)) == "governance.beat_invalid")
        let beats = try story.beats(at: Self.now, by: [0, 1, 2])
        let golden = beats[0].bytes
        for place in stride(from: 0, to: golden.count, by: 7) {
            var changed = golden
            changed[place] ^= 1
            guard let record = try? UnverifiedRecord(decoding: changed) else { continue }
            #expect(code([record] + beats.dropFirst()) != nil, "byte \(place)")
        }
    }

    @Test func `a freeze that members name and nobody explains stops everything`() throws {
        var story = story
        let proposal = try story.propose(.emergencyFreeze(scope: .everything, rooms: [.compute], reason: "test"))
        let named = try InForce(
            story.head, beats: story.beats(at: Self.now, freezes: [proposal.id]), at: Self.now, within: 600)
        func refusal(_ room: Room, _ seen: [Freeze]) -> String? {
            do {
                try named.requireRunning(room, in: .everything, seen: seen)
                return nil
            } catch { return error.code }
        }
        #expect(refusal(.gate, []) == "governance.frozen")
        let freeze = try #require(Freeze(proposal))
        #expect(refusal(.gate, [freeze]) == nil)
        #expect(refusal(.compute, [freeze]) == "governance.frozen")
    }

    @Test func `a file says in force with its beats, and is bound to its federation`() throws {
        let bytes = try story.inForceFile(at: Self.now)
        let value = try JSONParser.parse(bytes)
        let file = try InForceFile(verifying: value, federation: story.federation.genesis.federation)
        #expect(try file.inForce(at: Self.now, within: 600).head.slot == 1)
        #expect(throws: (any Error).self) { try file.inForce(at: Self.now.advanced(bySeconds: 601), within: 600) }
        let other = try SampleFederation(weights: [1, 1, 1, 1], name: "another").genesis.federation
        #expect(throws: (any Error).self) { try InForceFile(verifying: value, federation: other) }
    }
}
