import ChanceryLedger
import ChanceryWire
import Testing

struct ForkResolutionTests {
    private func branches(anchoring index: Int, in branch: Int) throws -> (branches: [[Event]], anchor: String) {
        let agent = try TestAgent(.classical)
        let trunk = try agent.chain(4, .aiss1)
        var result = try (0..<2).map { number in
            trunk + [try agent.event(after: trunk[3], .aiss1, nonce: "branch-\(number)")]
        }
        var object = result[branch][index].object
        object["trusted_timestamp"] = ["status": "granted", "token": "base64:dG9r"]
        result[branch][index] = try Event(object)
        return (result, result[branch][index].hash)
    }

    @Test(arguments: [(0, true), (3, true), (4, false)])
    func `a fork is one of final history when any shared event was anchored`(index: Int, final: Bool) throws {
        let (branches, anchor) = try branches(anchoring: index, in: 0)
        let resolution = try #require(ForkResolution(branches) { $0.hash == anchor ? 7 : nil })
        #expect(resolution.classification == (final ? .forkAfterFinalization : .forkDetected))
        #expect(resolution.canonical == 0)
    }

    @Test func `a token that nobody verifies is no anchor`() throws {
        let (branches, _) = try branches(anchoring: 0, in: 0)
        let resolution = try #require(ForkResolution(branches) { _ in nil })
        #expect(resolution.classification == .forkDetected && resolution.anchors == 0)
    }

    @Test func `no branches and empty branches have answers`() throws {
        #expect(ForkResolution([]) { _ in nil } == nil)
        #expect(ForkResolution([[], []]) { _ in nil }?.length == 0)
    }
}
