import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

struct ReferenceA2ATests {
    private let alice = Result { try PrivateSignatureKey(.ed25519, seed: .random(count: 32)) }
    private let bob = Result { try PrivateSignatureKey(.ed25519, seed: .random(count: 32)) }

    /// `message` with id, key and Base58 signature of `author`.
    private func signed(_ message: JSONValue, _ author: PrivateSignatureKey, key: Bool = true) throws -> JSONObject {
        var object = try #require(message.object)
        let publicKey = try PublicSignatureKey(.ed25519, author.publicKey)
        object["version"] = "AISS-1.0"
        object["agent_id"] = .string(ReferenceA2A.agentID(publicKey))
        if key { object["public_key"] = .string(Base58.encode(author.publicKey)) }
        object["signature"] = .string(Base58.encode(try author.sign(ReferenceA2A.signedBytes(object))))
        return object
    }

    private struct Exchange {
        var proposal: JSONObject
        var response: JSONObject
        var confirmation: JSONObject
    }

    private func exchange(_ responseMember: String? = nil, _ value: JSONValue = .null, confirmation: String? = nil) throws
        -> Exchange
    {
        let (alice, bob) = (try alice.get(), try bob.get())
        let proposal = try signed(
            ["message_type": "a2a_identity_proposal", "capabilities": ["a"], "session_nonce": "n", "timestamp": 1000], alice)
        var answer: JSONValue = [
            "message_type": "a2a_identity_response", "capabilities": ["a"], "session_nonce": "n", "timestamp": 1300,
            "session_id": "s", "accepted": true, "peer_agent_id": proposal["agent_id"] ?? .null,
            "proposal_hash": .string(try ReferenceA2A.hash(proposal)),
        ]
        if let responseMember { answer = answer.setting([responseMember], value) }
        let response = try signed(answer, bob)
        var closing: JSONValue = [
            "message_type": "a2a_session_confirmation", "session_id": "s", "timestamp": 1301,
            "response_hash": .string(try ReferenceA2A.hash(response)), "peer_agent_id": response["agent_id"] ?? .null,
        ]
        if let confirmation { closing = closing.setting([confirmation], "other") }
        return Exchange(proposal: proposal, response: response, confirmation: try signed(closing, alice, key: false))
    }

    @Test func `a whole exchange passes the strict checks`() throws {
        let all = try exchange()
        try ReferenceA2A.checkStrictly(response: all.response, to: all.proposal)
        try ReferenceA2A.check(confirmation: all.confirmation, of: all.response, to: all.proposal)
    }

    @Test(
        arguments: [
            ("accepted", false, "ledger.handshake_not_accepted"), ("accepted", 1, "ledger.handshake_not_accepted"),
            ("peer_agent_id", "other", "ledger.handshake_wrong_audience"), ("timestamp", 999, "ledger.handshake_not_fresh"),
            ("timestamp", 1301, "ledger.handshake_not_fresh"), ("timestamp", "1300", "ledger.handshake_malformed"),
            ("capabilities", [1], "ledger.handshake_malformed"), ("message_type", "a2a", "ledger.handshake_malformed"),
            ("session_nonce", "m", "ledger.handshake_changed"), ("proposal_hash", "00", "ledger.handshake_changed"),
        ] as [(String, JSONValue, String)])
    func `strict reading refuses what the peer signed but should not count`(member: String, value: JSONValue, code: String)
        throws
    {
        let all = try exchange(member, value)
        #expect(refusal { try ReferenceA2A.checkStrictly(response: all.response, to: all.proposal) } == code)
    }

    @Test(arguments: ["message_type", "session_id", "response_hash", "peer_agent_id"])
    func `a confirmation of another exchange is refused`(member: String) throws {
        let all = try exchange(confirmation: member)
        let code = refusal { try ReferenceA2A.check(confirmation: all.confirmation, of: all.response, to: all.proposal) }
        #expect(code == "ledger.handshake_changed")
    }

    @Test func `a confirmation needs the proposer's signature`() throws {
        var all = try exchange()
        all.confirmation["timestamp"] = 1302
        let code = refusal { try ReferenceA2A.check(confirmation: all.confirmation, of: all.response, to: all.proposal) }
        #expect(code == "ledger.handshake_signature")
    }

    @Test func `a broken link is named after the signatures`() throws {
        let alice = try alice.get()
        func event(_ previous: String, _ number: Int64) throws -> ReferenceA2AEvent {
            var body = try #require((["n": .integer(number), "previous_hash": .string(previous)] as JSONValue).object)
            body["signature"] = .string(Base64.standard.encode(try alice.sign(ReferenceA2AEvent(body).signedBytes)))
            return try ReferenceA2AEvent(body)
        }
        let first = try event("genesis", 1)
        let second = try event(first.hash, 2)
        let key = try PublicSignatureKey(.ed25519, alice.publicKey)
        #expect(ReferenceA2AEvent.verdict([first, second], key: key) == .accepted)
        #expect(
            ReferenceA2AEvent.verdict([second, first], key: key) == ReferenceA2AVerdict(error: "InvalidChainError", index: 1))
        #expect(!ReferenceA2AEvent.areLinked([second, first]))
    }

    /// Expected texts were printed by Python 3.
    @Test(arguments: [
        ("a'b", #"["a'b"]"#), (#"a'b"c"#, #"['a\'b"c']"#), ("\u{7f}\u{a0}\u{200b}\u{e0001}", #"['\x7f\xa0\u200b\U000e0001']"#),
        ("\n\t\\", #"['\n\t\\']"#), ("é😀 ", "['é😀 ']"),
    ])
    func `strings inside lists print as Python prints them`(text: String, expected: String) throws {
        #expect(try Array(ReferenceText.of([.string(text)]).utf8) == Array(expected.utf8))
    }
}
