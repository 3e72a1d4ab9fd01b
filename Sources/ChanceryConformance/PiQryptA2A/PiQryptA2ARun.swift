internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// a2a.json: messages, chain events and their negatives.
enum PiQryptA2ARun {
    static func run(_ file: VectorFile, _ mode: ConformanceMode, _ log: inout CaseLog) throws {
        let vectors = try file.document
        let proposal = try vectors.record("proposal")
        let response = try vectors.record("response")
        let confirmation = try vectors.record("confirmation")
        log.run("proposal") { comparison in
            comparison.equal(
                "signed bytes", Hex.encode(try ReferenceA2A.signedBytes(proposal)), try vectors.text("proposal_signed_hex"))
            comparison.equal("hash", try ReferenceA2A.hash(proposal), try vectors.text("proposal_hash"))
            let stated = try vectors.stated("valid").stated("proposal")
            comparison.equal(
                "compat", .bool(try ReferenceA2A.verdict { try ReferenceA2A.check(proposal: proposal) } == .accepted), stated)
            try ReferenceA2A.checkStrictly(proposal: proposal)
        }
        log.run("response") { comparison in
            comparison.equal(
                "signed bytes", Hex.encode(try ReferenceA2A.signedBytes(response)), try vectors.text("response_signed_hex"))
            let stated = try vectors.stated("valid").stated("response")
            let verdict = try ReferenceA2A.verdict { try ReferenceA2A.check(response: response, to: proposal) }
            comparison.equal("compat", .bool(verdict == .accepted), stated)
            try ReferenceA2A.checkStrictly(response: response, to: proposal)
        }
        log.run("confirmation") { comparison in
            let verdict = try ReferenceA2A.verdict {
                try ReferenceA2A.check(confirmation: confirmation, of: response, to: proposal)
            }
            comparison.equal("valid", .bool(verdict == .accepted), try vectors.stated("confirmation_signature_valid"))
            comparison.equal(
                "response hash", try ReferenceA2A.hash(response), try JSONValue.object(confirmation).text("response_hash"))
        }
        try runEvents(vectors, proposal, response, &log)
        try runChain(file, vectors, &log)
        for negative in try vectors.list("negative") { try run(negative, mode, &log) }
    }

    private static func run(_ negative: JSONValue, _ mode: ConformanceMode, _ log: inout CaseLog) throws {
        let proposal = try negative.record("proposal")
        let kind = try negative.text("kind")
        log.run("negative/" + (try negative.text("name"))) { comparison in
            guard ["proposal", "response"].contains(kind) else { throw MissingStatement(path: "kind `\(kind)` is unknown") }
            let response = kind == "response" ? try negative.record("response") : nil
            switch mode {
            case .compat:
                let verdict = try ReferenceA2A.verdict {
                    if let response {
                        try ReferenceA2A.check(response: response, to: proposal)
                    } else {
                        try ReferenceA2A.check(proposal: proposal)
                    }
                }
                let stated = try negative.stated("reference")
                comparison.equal("ok", .bool(verdict == .accepted), try stated.stated("ok"))
                comparison.equal("error", verdict.error, stated["error"]?.string)
            case .strict:
                let refusal: LedgerError?
                do {
                    if let response {
                        try ReferenceA2A.checkStrictly(response: response, to: proposal)
                    } else {
                        try ReferenceA2A.checkStrictly(proposal: proposal)
                    }
                    refusal = nil
                } catch let error as LedgerError {
                    refusal = error
                }
                comparison.equal("valid", .bool(refusal == nil), try negative.stated("recommended_valid"))
            }
        }
    }

    private static func runEvents(
        _ vectors: JSONValue, _ proposal: JSONObject, _ response: JSONObject, _ log: inout CaseLog
    ) throws {
        let initiator = try key(proposal)
        let responder = try key(response)
        let agreed = Set(try capabilities(proposal)).intersection(try capabilities(response))
        let cases: [(name: String, member: String, valid: String, key: PublicSignatureKey)] = [
            ("handshake_initiator", "handshake_event_initiator", "handshake_initiator_base58", initiator),
            ("handshake_responder", "handshake_event_responder", "handshake_responder_base58", responder),
            ("message", "message_event", "message_base58", initiator),
            ("external", "external_interaction_event", "external_base58", initiator),
        ]
        var hashes: [String: String] = [:]
        for element in cases {
            let event = try ReferenceA2AEvent(vectors.record(element.member))
            hashes[element.name] = event.hash
            log.run("event/" + element.name) { comparison in
                comparison.equal("hash", event.hash, try vectors.stated("event_hashes").text(element.name))
                let stated = try vectors.stated("valid").stated(element.valid)
                comparison.equal("Base58 signature", .bool(event.isSigned(by: element.key, encoding: .base58)), stated)
                comparison.equal("Base64 signature", event.isSigned(by: element.key, encoding: .base64), false)
                comparison.equal("agent id", event.members["agent_id"]?.string, ReferenceA2A.agentID(element.key))
            }
        }
        for (name, peer, author) in [("initiator", response, proposal), ("responder", proposal, response)] {
            log.run("handshake/" + name) { comparison in
                let payload = try vectors.stated("handshake_event_" + name).stated("payload")
                comparison.equal("role", try payload.text("my_role"), name)
                comparison.equal("peer signature", payload["peer_signature"], peer["signature"])
                comparison.equal("session", payload["session_id"], response["session_id"])
                let stated = try payload.list("capabilities_agreed").compactMap(\.string)
                comparison.equal("capabilities", Set(stated), agreed)
                let participants = [author["agent_id"], peer["agent_id"]].compactMap { $0 }
                comparison.equal("participants", try payload.list("participants"), participants)
            }
        }
        log.run("events are linked") { comparison in
            for (name, previous) in [("message_event", "handshake_initiator"), ("external_interaction_event", "message")] {
                comparison.equal(name, try vectors.stated(name).text("previous_hash"), hashes[previous])
            }
        }
        log.run("tampered handshake") { comparison in
            var changed = try vectors.record("handshake_event_initiator")
            var payload = try JSONValue.object(changed).record("payload")
            payload["capabilities_agreed"] = .array((try JSONValue.object(payload).list("capabilities_agreed")) + ["admin"])
            changed["payload"] = .object(payload)
            let valid = try ReferenceA2AEvent(changed).isSigned(by: initiator, encoding: .base58)
            comparison.equal("Base58 signature", .bool(valid), try vectors.stated("tampered_handshake_base58_valid"))
        }
    }

    /// The valid chain of the same agent, with the handshake event after it.
    private static func runChain(_ file: VectorFile, _ vectors: JSONValue, _ log: inout CaseLog) throws {
        log.run("chain with handshake") { comparison in
            let chain = try file.siblingJSON("chain_valid.json")
            var events: [ReferenceA2AEvent] = []
            for event in try chain.list("events") + [vectors.stated("handshake_event_initiator")] {
                guard let members = event.object else { throw MissingStatement(path: "an event is not an object") }
                events.append(try ReferenceA2AEvent(members))
            }
            let bytes = try Base64.standard.decode(chain.stated("identity").text("public_key"))
            let verdict = ReferenceA2AEvent.verdict(events, key: try PublicSignatureKey(.ed25519, bytes))
            let stated = try vectors.stated("reference_verify_chain_with_handshake")
            comparison.equal("ok", .bool(verdict == .accepted), try stated.stated("ok"))
            comparison.equal("error", verdict.error, stated["error"]?.string)
            comparison.equal("index", verdict.index.map(Int64.init), stated["event_index"]?.integer)
            comparison.isTrue("linkage", ReferenceA2AEvent.areLinked(events))
        }
    }

    private static func key(_ message: JSONObject) throws -> PublicSignatureKey {
        try PublicSignatureKey(.ed25519, Base58.decode(JSONValue.object(message).text("public_key")))
    }

    private static func capabilities(_ message: JSONObject) throws -> [String] {
        try JSONValue.object(message).list("capabilities").compactMap(\.string)
    }
}
