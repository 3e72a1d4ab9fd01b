internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// session.json: events of each member, interaction hashes and the payload rule. The file states no recommendation, so
/// both modes compare the same values.
enum PiQryptSessionRun {
    private struct Member {
        let key: PublicSignatureKey
        let id: String
        let events: [ReferenceA2AEvent]
    }

    static func run(_ file: VectorFile, _ log: inout CaseLog) throws {
        let vectors = try file.document
        let members = try members(file, vectors)
        for (name, member) in members { try run(name, member, vectors.stated("members").stated(name), &log) }
        for (index, handshake) in try vectors.list("handshakes").enumerated() {
            log.run("handshake \(index)") { try compareHandshake(handshake, vectors, members, &$0) }
        }
        for (index, interaction) in try vectors.list("interactions").enumerated() {
            log.run("interaction \(index)") { try compareInteraction(interaction, vectors, members, &$0) }
        }
        log.run("summary") { try compareSummary(vectors, members, &$0) }
        for (index, element) in try vectors.list("value_text_cases").enumerated() {
            log.run("value text \(index)") { comparison in
                let value = try element.stated("value")
                comparison.equal("text", try ReferenceText.of(value), try element.text("hashed_text"))
                let disclosed = try ReferenceText.disclose(["k": value])
                comparison.equal("hash", disclosed["k_hash"], try element.stated("sha256"))
                // Strings and integers have the same portable text.
                if value.string != nil || value.integer != nil {
                    comparison.equal(
                        "portable text", try PayloadPrivacy.portableText(value), Array(try element.text("hashed_text").utf8))
                }
            }
        }
    }

    private static func members(_ file: VectorFile, _ vectors: JSONValue) throws -> [(String, Member)] {
        var keys: [String: PublicSignatureKey] = [:]
        for key in try file.siblingJSON("keys.json").list("ed25519") {
            keys[try key.text("name")] = try PublicSignatureKey(.ed25519, Hex.decode(key.text("public_key_hex")))
        }
        return try vectors.record("members").members.map { entry in
            guard let key = keys[entry.name] else { throw MissingStatement(path: "no key for `\(entry.name)`") }
            let events = try entry.value.list("events").map { event in
                guard let members = event.object else { throw MissingStatement(path: "an event is not an object") }
                return try ReferenceA2AEvent(members)
            }
            return (entry.name, Member(key: key, id: try entry.value.text("agent_id"), events: events))
        }
    }

    private static func run(_ name: String, _ member: Member, _ stated: JSONValue, _ log: inout CaseLog) throws {
        log.run("members/\(name)") { comparison in
            comparison.equal("agent id", ReferenceA2A.agentID(member.key), member.id)
            comparison.equal("linkage", .bool(ReferenceA2AEvent.areLinked(member.events)), try stated.stated("linkage"))
            let verdict = ReferenceA2AEvent.verdict(member.events, key: member.key)
            let chain = try stated.stated("verify_chain")
            comparison.equal("chain ok", .bool(verdict == .accepted), try chain.stated("ok"))
            comparison.equal("chain error", verdict.error, chain["error"]?.string)
            comparison.equal("chain index", verdict.index.map(Int64.init), chain["event_index"]?.integer)
        }
        let texts: [(ReferenceEncoding, String)] = [(.base64, "signature_valid_base64"), (.base58, "signature_valid_base58")]
        for (encoding, list) in texts {
            let verdicts = try stated.list(list)
            guard verdicts.count == member.events.count else { throw MissingStatement(path: "`\(list)` has another length") }
            for (index, event) in member.events.enumerated() {
                log.run("members/\(name)/events/\(index)/\(encoding)") { comparison in
                    comparison.equal("valid", .bool(event.isSigned(by: member.key, encoding: encoding)), verdicts[index])
                    comparison.equal("agent id", event.members["agent_id"], .string(member.id))
                }
            }
        }
    }

    private static func find(_ name: JSONValue?, _ members: [(String, Member)]) throws -> Member {
        guard let name = name?.string, let member = members.first(where: { $0.0 == name })?.1 else {
            throw MissingStatement(path: "unknown member")
        }
        return member
    }

    private static func compareHandshake(
        _ handshake: JSONValue, _ vectors: JSONValue, _ members: [(String, Member)], _ comparison: inout Comparison
    ) throws {
        comparison.equal("session", try handshake.text("session_id"), try vectors.text("session_id"))
        let sides = [("a", "b", "initiator"), ("b", "a", "responder")]
        for (side, other, role) in sides {
            let me = try find(handshake["agent_\(side)"], members)
            let peer = try find(handshake["agent_\(other)"], members)
            comparison.equal("id", try handshake.text("agent_\(side)_id"), me.id)
            let event = me.events.first {
                $0.members["payload"]?["peer_agent_id"]?.string == peer.id && kind($0) == "a2a_handshake"
            }
            comparison.equal("event hash", event?.hash, try handshake.text("event_\(side)_hash"))
            comparison.equal("role", event?.members["payload"]?["my_role"]?.string, role)
            comparison.equal("time", event?.members["timestamp"], try handshake.stated("timestamp"))
        }
    }

    private static func kind(_ event: ReferenceA2AEvent) -> String? { event.members["payload"]?["event_type"]?.string }

    private static func compareInteraction(
        _ interaction: JSONValue, _ vectors: JSONValue, _ members: [(String, Member)], _ comparison: inout Comparison
    ) throws {
        let type = try interaction.text("event_type")
        let from = try find(interaction["from"], members)
        let disclosed = try ReferenceText.disclose(interaction.record("payload"))
        let to = try interaction.stated("to").isNull ? nil : find(interaction["to"], members)
        if let to {
            let preimage = "\(from.id):\(to.id):" + (try ReferenceText.of(interaction.stated("clock")))
            comparison.equal("preimage", preimage, try interaction.text("interaction_hash_preimage"))
            let hash = Hex.encode(Digest.sha256(Array(preimage.utf8)))
            comparison.equal("interaction hash", hash, try interaction.text("interaction_hash"))
        }
        let sent = from.events.first { kind($0) == type }
        var sides = [(sent, to?.id, "initiator")]
        if let to { sides.append((to.events.first { kind($0) == type + "_received" }, from.id, "responder")) }
        for (event, peer, role) in sides {
            guard let event, let payload = event.members["payload"]?.object else {
                throw MissingStatement(path: "no event for the interaction")
            }
            for member in disclosed.members { comparison.equal(member.name, payload[member.name], member.value) }
            comparison.equal("session", payload["session_id"], try vectors.stated("session_id"))
            comparison.equal("peer", payload["peer_agent_id"]?.string, peer)
            comparison.equal("hash in event", payload["interaction_hash"]?.string, interaction["interaction_hash"]?.string)
            comparison.equal("role", payload["my_role"]?.string, to == nil ? nil : role)
            comparison.equal(
                "peer signature", payload["peer_signature"], role == "responder" ? sent?.members["signature"] : nil)
        }
    }

    private static func compareSummary(
        _ vectors: JSONValue, _ members: [(String, Member)], _ comparison: inout Comparison
    ) throws {
        let summary = try vectors.stated("summary")
        comparison.equal("session", summary["session_id"], vectors["session_id"])
        comparison.equal("handshakes", summary["handshakes"]?.integer, Int64(try vectors.list("handshakes").count))
        for (name, member) in members {
            let stated = try summary.stated("agents").stated(name)
            comparison.equal("id of \(name)", try stated.text("agent_id"), member.id)
            // The summary was taken before the last event, the end.
            comparison.equal("events of \(name)", stated["event_count"]?.integer, Int64(member.events.count - 1))
            comparison.equal("start of \(name)", member.events.first?.members["timestamp"], summary["started_at"])
            comparison.equal("first kind", member.events.first.flatMap(kind), "session_start")
            comparison.equal("last kind", member.events.last.flatMap(kind), "session_end")
        }
    }
}
