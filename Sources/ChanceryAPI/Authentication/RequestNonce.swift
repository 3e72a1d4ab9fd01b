public import ChanceryWire

/// The number that makes a request unlike every other of the same key.
public struct RequestNonce: Sendable, Hashable {
    /// 16 to 64 bytes.
    public let bytes: [UInt8]

    var text: String { Base64.url.encode(bytes) }

    public init(_ bytes: [UInt8]) throws(WireError) {
        guard (16...64).contains(bytes.count) else { throw WireError(.invalidValue, "a nonce has 16 to 64 bytes") }
        self.bytes = bytes
    }

    init(text: String) throws(WireError) {
        guard text.utf8.count <= 86 else { throw WireError(.tooLong, "a nonce has 16 to 64 bytes") }
        try self.init(Base64.url.decode(text))
    }
}

/// A nonce that a genuine request used: what a ``NonceStore`` remembers.
public struct NonceUse: Sendable, Hashable {
    public let keyID: String
    public let nonce: RequestNonce
    /// The last moment at which the request is fresh. After it the use may be forgotten.
    public let until: UTCTime

    public init(keyID: String, nonce: RequestNonce, until: UTCTime) {
        self.keyID = keyID
        self.nonce = nonce
        self.until = until
    }
}

/// What became of a nonce.
public enum NonceInsertion: Sendable, Equatable {
    case inserted
    /// The same key used it before: a replay.
    case seen
    /// There is no room; nothing was kept.
    case full
}

/// Remembers the nonces of requests that were found genuine.
///
/// The promise:
/// - `insert` is atomic: of any number of concurrent calls for one key and nonce exactly one returns `inserted`.
/// - It is durable: when it returned `inserted`, no later call before `until` returns that again, not after a crash
///   either. A store that lost its memory returns `full` until the longest window has passed since it opened.
/// - It is bounded: at its limit it forgets what is past `until` at `now` and then returns `full`; it forgets no live use.
/// - A clock that steps back revives nothing: once it forgot at some `now`, a use with an earlier `until` is `full`.
/// - Two keys may use the same nonce.
public protocol NonceStore: Sendable {
    func insert(_ use: NonceUse, at now: UTCTime) async throws -> NonceInsertion
}
