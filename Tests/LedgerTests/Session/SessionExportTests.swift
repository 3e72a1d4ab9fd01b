import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

/// Attacks on an export, each of which must be named for what it is.
struct SessionExportTests {
    let scenario: SessionScenario
    let golden: [UInt8]
    let document: JSONValue

    init() throws {
        scenario = try SessionScenario.finished()
        golden = try Session.export(scenario.state)
        document = try JSONParser.parse(golden)
    }

    private func verdict(_ document: JSONValue) throws -> String? {
        let bytes = try CanonicalForm.jcs.encode(document)
        return refusal { _ = try Session.verify(bytes, registry: scenario.registry) }
    }

    private func edited(_ name: String, _ change: (inout [JSONValue]) -> Void) throws -> String? {
        var list = try #require(document[name]?.array)
        change(&list)
        return try verdict(document.setting([name], .array(list)))
    }

    @Test func `the untouched export verifies`() throws {
        #expect(try verdict(document) == nil)
    }

    @Test func `a missing, moved or repeated step is named`() throws {
        #expect(try edited("steps") { $0.remove(at: 0) } == "ledger.session_missing_step")
        #expect(try edited("steps") { $0.remove(at: 2) } == "ledger.session_missing_step")
        #expect(try edited("steps") { $0.swapAt(1, 2) } == "ledger.session_reordered")
        #expect(try edited("steps") { $0.insert($0[0], at: 1) } == "ledger.session_repeated_step")
    }

    @Test func `a cut tail is named`() throws {
        #expect(try edited("steps") { $0.removeLast() } == "ledger.session_tail_cut")
        #expect(try edited("steps") { $0.removeAll() } == "ledger.session_tail_cut")
        #expect(try verdict(document.setting(["end"], nil)) == "ledger.session_tail_cut")
    }

    @Test func `missing, moved and extra handshakes and seals are named`() throws {
        #expect(try edited("handshakes") { $0.removeLast() } == "ledger.session_handshake")
        #expect(try edited("handshakes") { $0.swapAt(0, 1) } == "ledger.session_handshake")
        #expect(try edited("handshakes") { $0.append($0[0]) } == "ledger.session_phase")
        #expect(try edited("seals") { $0.removeLast() } == "ledger.session_seal_missing")
        #expect(try edited("seals") { $0.swapAt(0, 1) } == "ledger.session_seal_missing")
        #expect(try edited("seals") { $0.append($0[0]) } == "ledger.session_malformed")
    }

    @Test func `an altered payload is refused, a withheld one is not`() throws {
        let altered = try edited("steps") { $0[1] = $0[1].setting(["payload", "n"], 2) }
        #expect(altered == "ledger.session_payload_mismatch")
        #expect(try edited("steps") { $0[1] = $0[1].setting(["payload"], nil) } == nil)
        #expect(try edited("steps") { $0[1] = $0[1].setting(["payload"], 1) } == "ledger.session_malformed")
        #expect(try edited("steps") { $0[1] = $0[1].setting(["extra"], 1) } == "ledger.session_malformed")
    }

    @Test func `records of another session do not fit`() throws {
        let other = try SessionScenario.finished(sessionByte: 9)
        let foreign = try JSONParser.parse(Session.export(other.state))
        let stolen = try #require(foreign["steps"]?.array)
        #expect(try edited("steps") { $0 = stolen } == "ledger.session_other")
        #expect(try verdict(document.setting(["end"], foreign["end"])) == "ledger.session_other")
        #expect(try verdict(document.setting(["seals"], foreign["seals"])) == "ledger.session_other")
        #expect(try verdict(document.setting(["handshakes"], foreign["handshakes"])) == "ledger.session_handshake")
        #expect(try verdict(document.setting(["start"], foreign["start"])) == "ledger.session_handshake")
    }

    @Test func `a member that is not who the registry says is refused`() throws {
        let agents = scenario.agents
        let changed = try RecordParty(
            did: agents[1].party.did, agentIDs: agents[1].party.agentIDs, identityHash: filled(9, 32), key: agents[1].party.key)
        for registry in [
            try RecordRegistry([agents[0].party, agents[1].party]),
            try RecordRegistry([agents[0].party, changed, agents[2].party]),
        ] {
            #expect(refusal { _ = try Session.verify(golden, registry: registry) } == "ledger.session_foreign_member")
        }
    }

    @Test func `a resent record with another signature breaks the seals`() throws {
        // The same body signed again: hedged signatures differ, ids do not.
        let step = try #require(document["steps"]?.array?[2])
        let body = try #require(step["record"]?["body"]?.object)
        let resent = try VerifiedRecord.sign(body, type: SessionStep.stampType, by: scenario.agents[2].key)
        let record = try JSONParser.parse(resent.bytes)
        let code = try edited("steps") { $0[2] = $0[2].setting(["record"], record) }
        #expect(code == "ledger.session_seal_mismatch")
    }

    @Test func `sampled truncations and flipped bits are refused`() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<600 {
            let cut = Array(golden[..<Int.random(in: golden.indices, using: &generator)])
            #expect(
                refusal { _ = try Session.verify(cut, registry: scenario.registry) } == "ledger.session_malformed",
                "seed \(seed)")
            var changed = golden
            changed[Int.random(in: golden.indices, using: &generator)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            let code = refusal { _ = try Session.verify(changed, registry: scenario.registry) }
            #expect(code?.hasPrefix("ledger.") == true, "seed \(seed)")
        }
    }
}
