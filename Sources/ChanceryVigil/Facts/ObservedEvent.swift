/// What one accepted event tells. The caller has verified the event and every fact in here.
public struct ObservedEvent: Sendable {
    /// The place in the log.
    public let index: UInt64
    /// Unix seconds in 0…2^47−1: the event's own time, never later than its receipt.
    public let time: Int64
    /// Whom it is about; only for interactions.
    public let peer: String?
    /// Whether the peer's own signature over the interaction was verified.
    public let isPeerVerified: Bool
    /// Whether a timestamp of a trusted authority over the event was verified.
    public let isTimestamped: Bool
    public let isRotation: Bool
    /// Whether the old key's statement for the new one was verified.
    public let isAttested: Bool
    let kind: EventKind

    static let latestTime: Int64 = 1 << 47 - 1
    static let peerLimit = 64

    /// - Parameters:
    ///   - index: the place in the log.
    ///   - time: the event's own time in Unix seconds. Times below zero count as zero.
    ///   - receivedAt: when the log took the event. An event cannot count as later than that: an agent sets its own
    ///     time, and could otherwise age its past away. Nil only where no such time is known.
    ///   - type: `payload.event_type`.
    ///   - peer: whom an interaction is about; the first 64 bytes tell peers apart. Missing ones count as `unknown`.
    public init(
        index: UInt64, time: Int64, receivedAt: Int64? = nil, type: String, peer: String? = nil, isPeerVerified: Bool = false,
        isTimestamped: Bool = false, isRotation: Bool = false, isAttested: Bool = false
    ) {
        let kind = isRotation ? .rotation : EventKind(type)
        self.index = index
        self.time = max(0, min(time, receivedAt ?? Self.latestTime, Self.latestTime))
        self.peer = kind.isInteraction ? Self.label(of: peer) : nil
        self.isPeerVerified = isPeerVerified
        self.isTimestamped = isTimestamped
        self.isRotation = kind == .rotation
        self.isAttested = isAttested
        self.kind = kind
    }

    /// The event that a payload describes, with the facts that the caller verified.
    public init(
        index: UInt64, time: Int64, receivedAt: Int64? = nil, traits: PayloadTraits, isPeerVerified: Bool, isTimestamped: Bool,
        isAttested: Bool
    ) {
        self.init(
            index: index, time: time, receivedAt: receivedAt, type: traits.type, peer: traits.peer,
            isPeerVerified: isPeerVerified, isTimestamped: isTimestamped, isRotation: traits.isRotation, isAttested: isAttested)
    }

    static func label(of peer: String?) -> String {
        guard let peer, !peer.isEmpty else { return "unknown" }
        return peer.utf8.count <= peerLimit ? peer : peer.prefix(bytes: peerLimit)
    }
}

extension String {
    /// The longest beginning of whole code points within `bytes` UTF-8 bytes.
    func prefix(bytes: Int) -> String {
        var view = String.UnicodeScalarView()
        var length = 0
        for scalar in unicodeScalars {
            length += UTF8.width(scalar)
            guard length <= bytes else { break }
            view.append(scalar)
        }
        return String(view)
    }
}
