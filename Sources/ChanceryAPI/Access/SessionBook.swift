/// The open sessions of a server: short, few, and gone when it ends.
///
/// Pure: time is what a clock says that only goes forward, so that setting the wall clock back keeps no session alive.
public struct SessionBook: Sendable {
    /// How long a session lasts.
    public static let lifetime = Duration.seconds(900)
    /// Open sessions of one key; the oldest ends when another begins.
    public static let sessionsPerKey = 16
    /// Open sessions of all keys.
    public static let capacity = 4096

    private struct Session {
        let key: RegisteredKey
        let end: Duration
    }

    private var sessions: [[UInt8]: Session] = [:]

    public init() {}

    /// Opens a session for the holder of `key`.
    ///
    /// - Returns: whether there was room.
    public mutating func open(_ token: SessionToken, for key: RegisteredKey, at now: Duration) -> Bool {
        sessions = sessions.filter { now < $0.value.end }
        let own = sessions.filter { $0.value.key.principal.keyID == key.principal.keyID }
        if own.count >= Self.sessionsPerKey, let oldest = own.min(by: { $0.value.end < $1.value.end }) {
            sessions[oldest.key] = nil
        }
        guard sessions.count < Self.capacity else { return false }
        sessions[token.digest] = Session(key: key, end: now + Self.lifetime)
        return true
    }

    /// The key that opened the session of `token`; nil when it ended or never was.
    public func key(of token: SessionToken, at now: Duration) -> RegisteredKey? {
        // Found by its digest: how long that takes says nothing about other tokens.
        guard let session = sessions[token.digest], now < session.end else { return nil }
        return session.key
    }

    /// Ends a session at once.
    public mutating func close(_ token: SessionToken) { sessions[token.digest] = nil }
}
