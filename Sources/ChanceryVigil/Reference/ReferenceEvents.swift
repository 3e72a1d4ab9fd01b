internal import ChanceryWire

/// An event as the reference's scores look at it: nothing verified, nothing required.
struct ReferenceFacts {
    let event: JSONValue

    /// Clamped, so that differences of times fit.
    var time: Int64 { Self.clamped(event["timestamp"]?.integer ?? 0) }

    static func clamped(_ time: Int64) -> Int64 { max(-(1 << 53), min(time, 1 << 53)) }

    var type: String { event["payload"]?["event_type"]?.string ?? "" }

    /// Source: reference 3.1 and 3.3.
    var peer: String? {
        [event["payload"]?["peer_agent_id"], event["payload"]?["peer_id"], event["peer_agent_id"]]
            .lazy.compactMap { $0?.string }.first { !$0.isEmpty }
    }

    var isContact: Bool { EventKind(type) == .contact }
    var isInteraction: Bool { EventKind(type).isInteraction }
    var isRotation: Bool { EventKind(type) == .rotation }
    var needsTimestamp: Bool { EventKind(type) != .rotation && EventKind(type) != .start }
    var hasSignature: Bool { event["signature"]?.isSet ?? false }

    var isVerified: Bool { payloadHas("peer_signature", "verified", "handshake_complete") }
    var isAttested: Bool { payloadHas("rotation_attestation", "attestation", "prev_agent_signature") }

    /// The names under which the trust score looks for a timestamp; never `trusted_timestamp`.
    var isFinalised: Bool {
        eventHas("tsa_token", "rfc3161_token") || payloadHas("tsa_token", "rfc3161_timestamp", "tsa_timestamp")
    }

    /// The names under which the signs between agents look for one.
    var isAnchored: Bool {
        let names = ["tsa_token", "rfc3161_token", "tsa_timestamp", "finalized_at"]
        return names.contains { eventHas($0) || payloadHas($0) }
    }

    private func eventHas(_ names: String...) -> Bool { names.contains { event[$0]?.isSet ?? false } }
    private func payloadHas(_ names: String...) -> Bool { names.contains { event["payload"]?[$0]?.isSet ?? false } }
}

/// How often each peer occurs, in the order of first appearance.
struct ReferenceCounts {
    private(set) var peers: [(name: String, count: Int)] = []
    private(set) var total = 0

    init(_ names: some Sequence<String>) {
        var places: [[UInt8]: Int] = [:]
        for name in names {
            total += 1
            if let place = places[Array(name.utf8)] {
                peers[place].count += 1
            } else {
                places[Array(name.utf8)] = peers.count
                peers.append((name, 1))
            }
        }
    }

    /// The most frequent; among equals the one that appeared first.
    var top: (name: String, count: Int)? {
        guard let most = peers.map(\.count).max() else { return nil }
        return peers.first { $0.count == most }
    }

    var topRatio: Double { total == 0 ? 0 : Double(top?.count ?? 0) / Double(total) }

    /// Shannon entropy in bits.
    var entropy: Double {
        peers.reduce(0) { sum, peer in
            let share = Double(peer.count) / Double(total)
            return sum - share * ReferenceMath.log2(share)
        }
    }

    /// Entropy over its largest value; zero for one peer or none.
    var normalisedEntropy: Double {
        peers.count < 2 ? 0 : entropy / ReferenceMath.log2(Double(peers.count))
    }
}
