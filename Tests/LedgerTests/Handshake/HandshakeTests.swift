import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

struct HandshakeTests {
    let alice: SampleAgent
    let bob: SampleAgent
    let eve: SampleAgent
    let now = UTCTime(seconds: 1_800_000_000)

    init() throws {
        alice = try SampleAgent(number: 1)
        bob = try SampleAgent(.hybrid, number: 2)
        eve = try SampleAgent(number: 3)
    }

    private func terms(expires: UTCTime? = nil) throws -> HandshakeTerms {
        try HandshakeTerms(
            session: SessionID(filled(7, 16)), counter: 0, payloadHash: PayloadPrivacy.hash(JSONObject()),
            expires: expires ?? now + 3600)
    }

    private func proposal(to audience: DID? = nil, expires: UTCTime? = nil) throws -> HandshakeProposal {
        try HandshakeProposal.make(
            from: alice.party, key: alice.key, to: audience ?? bob.party.did,
            capabilities: CapabilitySet(["verify", "stamp", "a2a"]), terms: terms(expires: expires), nonce: filled(1, 32),
            salt: filled(2, 16), time: now)
    }

    private func accept(
        _ proposal: HandshakeProposal, as agent: SampleAgent? = nil, nonce: UInt8 = 3, at time: UTCTime? = nil,
        seen: (([UInt8]) -> Bool)? = nil
    ) throws -> [UInt8] {
        let agent = agent ?? bob
        return try proposal.accept(
            as: agent.party, key: agent.key, capabilities: CapabilitySet(["a2a", "audit", "verify"]), nonce: filled(nonce, 32),
            salt: filled(4, 16), now: time ?? now + 2, seen: seen ?? { _ in false })
    }

    private func confirm(_ proposal: HandshakeProposal, _ response: [UInt8], at time: UTCTime? = nil) throws -> Handshake {
        try proposal.confirm(response, as: alice.party, from: bob.party, key: alice.key, now: time ?? now + 3)
    }

    private func handshake() throws -> Handshake {
        let proposal = try proposal()
        return try confirm(proposal, accept(proposal))
    }

    /// A transcript with one member changed, signed anew by whoever is named.
    private func forged(_ path: [String], _ value: JSONValue?, by signers: [SampleAgent]) throws -> [UInt8] {
        let changed = JSONValue.object(try handshake().record.body).setting(path, value)
        let body = try #require(changed.object)
        return try VerifiedRecord.sign(body, type: Handshake.type, by: signers.map { RecordSigner($0.key) }).bytes
    }

    // MARK: the way it should go

    @Test func `both sides sign one transcript, and a stranger verifies it`() throws {
        let sent = try proposal()
        let received = try HandshakeProposal(verifying: sent.record.bytes, by: alice.party)
        #expect(try HandshakeProposal.claimedInitiator(sent.record.bytes) == alice.party.did)
        let finished = try confirm(sent, accept(received))
        let read = try Handshake(verifying: finished.record.bytes, initiator: alice.party, responder: bob.party)
        #expect(read.capabilities.names == ["a2a", "verify"])
        #expect(read.terms == sent.terms && read.proposal == sent.record.id)
        #expect(read.initiator == alice.party.statement && read.responder == bob.party.statement)
        #expect(read.isOpen(at: now + 3599) && !read.isOpen(at: now + 3600))
        let claimed = try Handshake.claimedParties(finished.record.bytes)
        #expect(claimed.initiator == alice.party.did && claimed.responder == bob.party.did)
    }

    @Test func `the body has exactly the members of the specification`() throws {
        let body = try handshake().record.body
        let side: (SampleAgent, [JSONValue], UInt8) -> JSONValue = { agent, capabilities, nonce in
            [
                "agent": agent.statement, "capabilities": .array(capabilities),
                "nonce": .string(Base64.url.encode(filled(nonce, 32))),
            ]
        }
        let expected: JSONValue = [
            "type": "chancery/handshake/v1", "proposal": .string(Hex.encode(try proposal().record.id)),
            "initiator": side(alice, ["a2a", "stamp", "verify"], 1), "responder": side(bob, ["a2a", "audit", "verify"], 3),
            "capabilities": ["a2a", "verify"], "accepted": true, "session": .string(Hex.encode(filled(7, 16))), "counter": 0,
            "payload": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            "expires": "2027-01-15T09:00:00.000Z",
            "time": "2027-01-15T08:00:02.000Z", "salt": .string(Base64.url.encode(filled(4, 16))),
        ]
        #expect(JSONValue.object(body) == expected)
    }

    @Test func `a refusal is a signed record and opens nothing`() throws {
        let sent = try proposal()
        let refused = try sent.refuse(as: bob.party, key: bob.key, reason: "policy", salt: filled(5, 16), now: now + 1)
        let read = try HandshakeRefusal(verifying: refused.record.bytes, of: sent, by: bob.party)
        for reason in ["", "ok\nchancery: accepted", "\u{1b}[2J", "\u{202e}no"] {
            let refused = refusal {
                _ = try sent.refuse(as: bob.party, key: bob.key, reason: reason, salt: filled(5, 16), now: now)
            }
            #expect(refused == "ledger.handshake_malformed", "\(reason.debugDescription)")
        }
        #expect(read.reason == "policy" && read.time == now + 1 && read.proposal == sent.record.id)
        #expect(read.initiator == alice.party.did && read.nonce == sent.nonce && read.session == sent.terms.session)
        #expect(refusal { _ = try confirm(sent, refused.record.bytes) } == "ledger.handshake_not_accepted")
        let other = try HandshakeProposal.make(
            from: alice.party, key: alice.key, to: bob.party.did, capabilities: CapabilitySet([]), terms: terms(),
            nonce: filled(9, 32), salt: filled(2, 16), time: now)
        #expect(
            refusal { _ = try HandshakeRefusal(verifying: refused.record.bytes, of: other, by: bob.party) }
                == "ledger.handshake_wrong_audience")
        #expect(
            refusal { _ = try HandshakeRefusal(verifying: refused.record.bytes, of: sent, by: eve.party) }
                == "ledger.handshake_signature")
        #expect(
            refusal { _ = try sent.refuse(as: eve.party, key: eve.key, reason: "", salt: filled(5, 16), now: now) }
                == "ledger.handshake_wrong_audience")
    }

    @Test(
        arguments: [
            ("did", .string("did:pqaid:" + String(repeating: "ab", count: 32))), ("accepted", true),
            ("time", 1_800_000_001), ("session", nil), ("nonce", "AAAA"),
        ] as [(String, JSONValue?)])
    func `a changed refusal is refused, though its author signed it`(name: String, value: JSONValue?) throws {
        let sent = try proposal()
        let no = try sent.refuse(as: bob.party, key: bob.key, reason: "policy", salt: filled(5, 16), now: now + 1)
        let body = try #require(JSONValue.object(no.record.body).setting([name], value).object)
        let bytes = try VerifiedRecord.sign(body, type: HandshakeRefusal.type, by: bob.key).bytes
        #expect(refusal { _ = try HandshakeRefusal(verifying: bytes, by: bob.party) } == "ledger.handshake_malformed")
    }

    @Test func `a proposal stands under the DID of its initiator`() throws {
        var body = try proposal().record.body
        body["did"] = .string(eve.party.did.text)
        let bytes = try VerifiedRecord.sign(body, type: HandshakeProposal.type, by: alice.key).bytes
        #expect(refusal { _ = try HandshakeProposal(verifying: bytes, by: alice.party) } == "ledger.handshake_malformed")
    }

    @Test func `the four messages are told apart before they are verified`() throws {
        let sent = try proposal()
        let response = try accept(sent)
        let no = try sent.refuse(as: bob.party, key: bob.key, reason: "policy", salt: filled(5, 16), now: now + 1)
        let finished = try confirm(sent, response)
        guard case .proposal(alice.party.statement) = try HandshakeMessage(claimedBy: sent.record.bytes),
            case .response(sent.record.id, alice.party.statement, bob.party.statement) = try HandshakeMessage(
                claimedBy: response),
            case .refusal(sent.record.id, bob.party.statement) = try HandshakeMessage(claimedBy: no.record.bytes),
            case .handshake(alice.party.statement, bob.party.statement) = try HandshakeMessage(
                claimedBy: finished.record.bytes)
        else {
            Issue.record("a message was taken for another")
            return
        }
        #expect(refusal { _ = try HandshakeMessage(claimedBy: Array(response.dropLast())) } == "ledger.handshake_malformed")
    }

    // MARK: what the responder refuses

    @Test func `nobody shakes hands with themselves`() throws {
        #expect(refusal { _ = try proposal(to: alice.party.did) } == "ledger.handshake_with_self")
        let sent = try proposal()
        #expect(refusal { _ = try accept(sent, nonce: 1) } == "ledger.handshake_with_self", "a reflected nonce")
        let twin = try RecordParty(
            did: eve.party.did, agentIDs: eve.party.agentIDs, identityHash: eve.party.identityHash, key: alice.party.key)
        let toTwin = try proposal(to: eve.party.did)
        let code = refusal {
            _ = try toTwin.accept(
                as: twin, key: alice.key, capabilities: CapabilitySet([]), nonce: filled(3, 32), salt: filled(4, 16), now: now,
                seen: { _ in false })
        }
        #expect(code == "ledger.handshake_with_self", "one key under two identities")
    }

    @Test func `stale, early and expired proposals are refused`() throws {
        let sent = try proposal()
        #expect(refusal { _ = try accept(sent, at: now + 300) } == nil)
        #expect(refusal { _ = try accept(sent, at: now + 301) } == "ledger.handshake_not_fresh")
        #expect(refusal { _ = try accept(sent, at: now - 30) } == nil)
        #expect(refusal { _ = try accept(sent, at: now - 31) } == "ledger.handshake_not_fresh")
        #expect(refusal { _ = try accept(sent, at: UTCTime(seconds: 0)) } == "ledger.handshake_not_fresh")
        #expect(refusal { _ = try accept(proposal(expires: now + 10), at: now + 10) } == "ledger.handshake_expired")
        #expect(refusal { _ = try proposal(expires: now) } == "ledger.handshake_expired")
        #expect(refusal { _ = try accept(proposal(expires: now + 2_592_001)) } == "ledger.handshake_expired")
    }

    @Test func `a nonce that was seen is refused`() throws {
        let sent = try proposal()
        #expect(refusal { _ = try accept(sent, seen: { $0 == filled(1, 32) }) } == "ledger.handshake_replayed")
        #expect(refusal { _ = try accept(sent, seen: { $0 == filled(8, 32) }) } == nil)
    }

    @Test func `only the audience answers`() throws {
        #expect(refusal { _ = try accept(proposal(), as: eve) } == "ledger.handshake_wrong_audience")
    }

    @Test func `a proposal needs the pinned key and the pinned document`() throws {
        let bytes = try proposal().record.bytes
        #expect(refusal { _ = try HandshakeProposal(verifying: bytes, by: eve.party) } == "ledger.handshake_signature")
        let otherDocument = try RecordParty(
            did: alice.party.did, agentIDs: alice.party.agentIDs, identityHash: filled(9, 32), key: alice.party.key)
        #expect(refusal { _ = try HandshakeProposal(verifying: bytes, by: otherDocument) } == "ledger.handshake_unknown_party")
    }

    @Test func `a responder with another key than the registered one is stopped at once`() throws {
        let sent = try proposal()
        let code = refusal {
            _ = try sent.accept(
                as: bob.party, key: eve.key, capabilities: CapabilitySet([]), nonce: filled(3, 32), salt: filled(4, 16),
                now: now,
                seen: { _ in false })
        }
        #expect(code == "ledger.handshake_signature")
    }

    // MARK: what the initiator refuses

    @Test(
        arguments: [
            (["session"], .string("08080808080808080808080808080808"), "ledger.handshake_changed"),
            (["counter"], 1, "ledger.handshake_changed"),
            (["payload"], .string(String(repeating: "ab", count: 32)), "ledger.handshake_changed"),
            (["expires"], "2027-01-15T09:00:01.000Z", "ledger.handshake_changed"),
            (["expires"], 1_800_003_600, "ledger.handshake_malformed"),
            (["expires"], "2027-01-15T09:00:00Z", "ledger.handshake_malformed"),
            (["proposal"], .string(String(repeating: "ab", count: 32)), "ledger.handshake_changed"),
            (["initiator", "nonce"], .string(Base64.url.encode(filled(8, 32))), "ledger.handshake_changed"),
            (["initiator", "capabilities"], ["a2a", "stamp", "verify", "xtra"], "ledger.handshake_changed"),
            (["initiator", "agent", "identity"], .string(String(repeating: "ab", count: 32)), "ledger.handshake_changed"),
            (
                ["responder", "agent", "identity"], .string(String(repeating: "ab", count: 32)),
                "ledger.handshake_unknown_party"
            ),
            (["capabilities"], ["a2a"], "ledger.handshake_capabilities"),
            (["capabilities"], ["a2a", "admin", "verify"], "ledger.handshake_capabilities"),
            (["capabilities"], ["verify", "a2a"], "ledger.handshake_capabilities"),
            (["responder", "capabilities"], ["verify", "audit", "a2a"], "ledger.handshake_capabilities"),
            (["responder", "capabilities"], ["a2a", "a2a", "verify"], "ledger.handshake_capabilities"),
            (["accepted"], false, "ledger.handshake_not_accepted"),
            (["accepted"], nil, "ledger.handshake_malformed"),
            (["extra"], 1, "ledger.handshake_malformed"),
            (["responder", "agent", "extra"], 1, "ledger.handshake_malformed"),
            (["time"], "2027-01-15T07:59:29.000Z", "ledger.handshake_not_fresh"),
            (["time"], "2027-01-15T08:00:34.000Z", "ledger.handshake_not_fresh"),
            (["time"], "2027-01-15T09:00:00.000Z", "ledger.handshake_expired"),
            (["time"], 1_800_000_002, "ledger.handshake_malformed"),
            (["salt"], "AAAA", "ledger.handshake_malformed"),
        ] as [([String], JSONValue?, String)])
    func `a changed transcript is not confirmed, though the responder signed it`(
        path: [String], value: JSONValue?, code: String
    ) throws {
        let response = try forged(path, value, by: [bob])
        #expect(refusal { _ = try confirm(proposal(), response) } == code)
    }

    @Test func `the untouched transcript is confirmed`() throws {
        let response = try forged(["counter"], 0, by: [bob])
        #expect(refusal { _ = try confirm(proposal(), response) } == nil)
        #expect(refusal { _ = try confirm(proposal(), response, at: now + 303) } == "ledger.handshake_not_fresh")
    }

    @Test func `only the responder's single signature is confirmed`() throws {
        let sent = try proposal()
        for signers in [[eve], [alice], [bob, eve], [alice, bob]] {
            let response = try forged(["counter"], 0, by: signers)
            #expect(refusal { _ = try confirm(sent, response) } == "ledger.handshake_signature")
        }
        let response = try accept(sent)
        let code = refusal {
            _ = try sent.confirm(response, as: alice.party, from: eve.party, key: alice.key, now: now)
        }
        #expect(code == "ledger.handshake_wrong_audience")
        let wrongKey = refusal { _ = try sent.confirm(response, as: alice.party, from: bob.party, key: eve.key, now: now + 3) }
        #expect(wrongKey == "ledger.handshake_signature")
    }

    // MARK: what a stranger refuses

    @Test func `a finished handshake has two signatures in order`() throws {
        for signers in [[alice], [bob], [bob, alice], [alice, bob, eve], [alice, eve]] {
            let bytes = try forged(["counter"], 0, by: signers)
            let code = refusal { _ = try Handshake(verifying: bytes, initiator: alice.party, responder: bob.party) }
            #expect(code == "ledger.handshake_signature")
        }
    }

    @Test func `a stranger refuses what makes no sense, whoever signed it`() throws {
        func code(_ path: [String], _ value: JSONValue?) throws -> String? {
            let bytes = try forged(path, value, by: [alice, bob])
            return refusal { _ = try Handshake(verifying: bytes, initiator: alice.party, responder: bob.party) }
        }
        #expect(try code(["counter"], 5) == nil)
        #expect(try code(["accepted"], false) == "ledger.handshake_not_accepted")
        #expect(try code(["capabilities"], ["a2a"]) == "ledger.handshake_capabilities")
        #expect(try code(["expires"], .string((now + 2).text)) == "ledger.handshake_expired")
        #expect(try code(["initiator", "agent"], bob.statement) == "ledger.handshake_with_self")
        #expect(try code(["initiator", "agent"], eve.statement) == "ledger.handshake_unknown_party")
        #expect(try code(["responder", "agent"], eve.statement) == "ledger.handshake_unknown_party")
        #expect(try code(["unknown"], 1) == "ledger.handshake_malformed")
        #expect(try code(["nonce"], 1) == "ledger.handshake_malformed")
    }

    @Test func `every truncation and flipped bit is refused`() throws {
        let finished = try handshake().record.bytes
        let sent = try proposal().record.bytes
        let verify: ([UInt8]) -> String? = { bytes in
            refusal { _ = try Handshake(verifying: bytes, initiator: alice.party, responder: bob.party) }
        }
        let verifyProposal: ([UInt8]) -> String? = { bytes in
            refusal { _ = try HandshakeProposal(verifying: bytes, by: alice.party) }
        }
        for (golden, check) in [(finished, verify), (sent, verifyProposal)] {
            for length in golden.indices where length % 11 == 0 || length < 2500 {
                #expect(check(Array(golden[..<length])) == "ledger.handshake_malformed", "length \(length)")
            }
            // Each byte of the body with all its bits, each byte of the signatures with one of them.
            for bit in 0..<golden.count * 8 where bit < 2500 * 8 || bit % 8 == bit / 8 % 8 {
                var changed = golden
                changed[bit / 8] ^= 1 << (bit % 8)
                #expect(check(changed)?.hasPrefix("ledger.handshake_") == true, "bit \(bit)")
            }
        }
    }

    @Test func `random changes never trap and never verify`() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        let golden = [try handshake().record.bytes, try proposal().record.bytes]
        for round in 0..<10_000 {
            var bytes = golden[round % 2]
            let start = Int.random(in: 0..<min(bytes.count, 2500), using: &generator)
            switch round % 4 {
            case 0: bytes.replaceSubrange(start..<start + 1, with: [UInt8.random(in: .min ... .max, using: &generator)])
            case 1: bytes.removeSubrange(start..<min(bytes.count, start + Int.random(in: 1...40, using: &generator)))
            case 2: bytes.insert(contentsOf: bytes[start..<min(bytes.count, start + 20)], at: start)
            default: bytes.swapAt(start, Int.random(in: bytes.indices, using: &generator))
            }
            guard bytes != golden[round % 2] else { continue }
            #expect(throws: LedgerError.self, "seed \(seed)") {
                _ = try Handshake(verifying: bytes, initiator: alice.party, responder: bob.party)
            }
            #expect(throws: LedgerError.self, "seed \(seed)") { _ = try HandshakeProposal(verifying: bytes, by: alice.party) }
        }
    }
}

struct HandshakeValueTests {
    @Test func `capabilities are sorted, and odd ones refused`() throws {
        #expect(try CapabilitySet(["b", "a"]).names == ["a", "b"])
        for names in [["a", "a"], [""], ["a b"], ["é"], [String(repeating: "a", count: 65)], (0...64).map { "c\($0)" }] {
            #expect(refusal { _ = try CapabilitySet(names) } == "ledger.handshake_capabilities")
        }
    }

    @Test func `a registry holds an identity and a key once`() throws {
        let (one, two) = (try SampleAgent(number: 1), try SampleAgent(number: 2))
        let registry = try RecordRegistry([one.party, two.party])
        #expect(registry[one.party.did] == one.party)
        #expect(refusal { _ = try RecordRegistry([one.party, one.party]) } == "ledger.registry_conflict")
        let shared = try RecordParty(
            did: two.party.did, agentIDs: two.party.agentIDs, identityHash: two.party.identityHash, key: one.party.key)
        #expect(refusal { _ = try RecordRegistry([one.party, shared]) } == "ledger.registry_conflict")
    }

    @Test func `parties and terms of the wrong form are refused`() throws {
        let agent = try SampleAgent(number: 1)
        let id = agent.party.agentIDs[0]
        for ids in [[], [id, id], [String(id.dropLast())], ["0" + id.dropFirst()]] {
            let code = refusal {
                _ = try RecordParty(did: agent.party.did, agentIDs: ids, identityHash: filled(1, 32), key: agent.party.key)
            }
            #expect(code == "ledger.handshake_malformed")
        }
        let session = try SessionID(filled(1, 16))
        for (counter, count): (Int64, Int) in [(-1, 32), (0, 31), (.max, 32)] {
            let code = refusal {
                _ = try HandshakeTerms(
                    session: session, counter: counter, payloadHash: filled(0, count), expires: UTCTime(seconds: 1))
            }
            #expect(code == "ledger.handshake_malformed")
        }
        #expect(refusal { _ = try SessionID(filled(1, 15)) } == "ledger.handshake_malformed")
    }
}
