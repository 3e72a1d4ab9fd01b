import ChanceryLedger
import ChancerySuite
import ChanceryWire

/// An agent with fixed keys that stamps chains for tests.
struct TestAgent {
    let key: SigningKey<Purpose.AISS>
    let identity: AgentIdentity
    let stamper: EventStamper

    enum Form: CaseIterable { case classical, native, upgraded }

    init(_ form: Form, seed: UInt8 = 1) throws {
        var bytes = [UInt8](repeating: seed, count: 32) + [UInt8](repeating: seed &+ 100, count: 32)
        key = try SigningKey(.hybrid, seed: SecretBytes(erasing: &bytes))
        switch form {
        case .classical: identity = try .classical(publicKey: key.parts[0].publicKey, createdAt: 1)
        case .native: identity = try .native(key.publicKey, createdAt: 1)
        case .upgraded: identity = try .upgraded(key, createdAt: 1)
        }
        stamper = try EventStamper(key, agentID: identity.agentID)
    }

    /// An event after `previous`, or a first event.
    func event(
        after previous: Event?, _ profile: EventProfile, payload: JSONValue = ["event_type": "step"], time: Int64? = nil,
        nonce: String? = nil, previousHash: String? = nil
    ) throws -> Event {
        try stamper.stamp(
            payload.object ?? JSONObject(), profile: profile, timestamp: time ?? (previous?.timestamp ?? 1000) + 1,
            nonce: nonce ?? "n-\(previous?.timestamp ?? 0)-\(previous?.nonce.utf8.count ?? 0)",
            previousHash: previousHash ?? previous?.hash ?? identity.genesisHash(profile)
        ).event
    }

    /// `count` linked events.
    func chain(_ count: Int, _ profile: EventProfile) throws -> [Event] {
        var events: [Event] = []
        for _ in 0..<count { events.append(try event(after: events.last, profile)) }
        return events
    }
}

extension ChainVerdict {
    var reasons: [LedgerError.Reason] { findings.map(\.reason) }
}

extension Event {
    var json: JSONValue { .object(object) }
}

/// Golden bytes: events that never change, so a change of format cannot go unnoticed.
enum Golden {
    static let aiss1 = Array(
        #"{"agent_id":"Gvm8i5UuTd3r8Qf22Z3YQATiszFGnQn3","nonce":"1822b3ba-bbb4-45d4-9a09-a927e9b2ccf7","payload":{"event_type":"agent_initialized","version":"1.0"},"previous_hash":"eca4fcedf50ad94ced9c9c621b37a978ab0fdae6ea034ccdc7d0c373c2ec7396","signature":"lRVY9Royst1IofVwt9+4ZkYhEt4QYXw3OQAhOs1uv+hL+pjuM4ecd9nxSxlSqi5r2b7sHXTmMlfUi5XecEOIAw==","timestamp":1780000011,"version":"AISS-1.0"}"#
            .utf8)
    static let aiss1Key = "bb9c43415e2d2677b12228ffed8f66d0882765f6a1b3b8250557a1ce6cada9c4"
    static let aiss1Hash = "854eeee5da65dedccd69b1dbeedb9e123f13d8f7f819611484bc43ba61c5aa42"
}
