internal import ChancerySuite
public import ChanceryWire

/// What a browser holds of its session: 32 random bytes in a cookie.
public struct BrowserToken: Sendable {
    private static let byteCount = 32

    private let bytes: [UInt8]

    /// A fresh one.
    public init() { bytes = SystemRandom.bytes(Self.byteCount) }

    /// - Throws: `wire.…` for anything but ``text``.
    public init(_ text: String) throws(WireError) {
        guard text.utf8.count <= 64 else { throw WireError(.tooLong, "the text is no session token") }
        bytes = try Base64.url.decode(text)
        guard bytes.count == Self.byteCount else { throw WireError(.invalidValue, "a session token has 32 bytes") }
    }

    public var text: String { Base64.url.encode(bytes) }

    /// What the server keeps.
    var digest: [UInt8] { Digest.sha3_256(Array("chancery/browser-session/v1\u{0}".utf8) + bytes) }
}

/// A person's session in a browser.
public struct BrowserSession: Sendable {
    /// `browser:` and eight hexadecimal digits, for records and logs.
    public let id: String
    public let roles: Set<Role>
    /// The name and port under which it was opened; it counts nowhere else.
    public let authority: String
    /// What a page sends with whatever changes something.
    public let csrf: String
    /// When it ends at the latest, on the clock of the book.
    public let end: Duration

    public var principal: Principal { Principal(name: id, keyID: id, roles: roles) }
}

/// The sessions of browsers: few, and gone when the server ends.
///
/// Pure: time is what a clock says that only goes forward.
public struct BrowserBook: Sendable {
    /// A session that nobody uses for so long ends.
    public static let idle = Duration.seconds(1800)
    /// A session ends after this time, used or not.
    public static let longest = Duration.seconds(43_200)
    /// Open sessions; the one that was not used for longest ends when another begins.
    public static let capacity = 16

    private struct Entry {
        let session: BrowserSession
        var seen: Duration

        func isOpen(at now: Duration) -> Bool { now < session.end && now < seen + BrowserBook.idle }
    }

    private var entries: [[UInt8]: Entry] = [:]

    public init() {}

    /// How many are open.
    public func count(at now: Duration) -> Int { entries.values.count { $0.isOpen(at: now) } }

    public mutating func open(_ token: BrowserToken, as roles: Set<Role>, at authority: String, now: Duration) -> BrowserSession
    {
        entries = entries.filter { $0.value.isOpen(at: now) }
        if entries.count >= Self.capacity, let oldest = entries.min(by: { $0.value.seen < $1.value.seen }) {
            entries[oldest.key] = nil
        }
        let session = BrowserSession(
            id: "browser:" + Hex.encode(SystemRandom.bytes(4)), roles: roles, authority: authority,
            csrf: Base64.url.encode(SystemRandom.bytes(32)), end: now + Self.longest)
        entries[token.digest] = Entry(session: session, seen: now)
        return session
    }

    /// The session of `token`; nil when it ended or never was. Looking is no use of it.
    public func session(of token: BrowserToken, at now: Duration) -> BrowserSession? {
        // Found by its digest: how long that takes says nothing about other tokens.
        guard let entry = entries[token.digest], entry.isOpen(at: now) else { return nil }
        return entry.session
    }

    /// Whether the session called `id` is open.
    public func isOpen(_ id: String, at now: Duration) -> Bool {
        entries.values.contains { $0.session.id.utf8.elementsEqual(id.utf8) && $0.isOpen(at: now) }
    }

    /// Notes that the session is in use.
    public mutating func use(_ token: BrowserToken, at now: Duration) {
        guard let entry = entries[token.digest], entry.isOpen(at: now) else { return }
        entries[token.digest]?.seen = now
    }

    /// Ends the session called `id` at once.
    public mutating func close(_ id: String) {
        entries = entries.filter { !$0.value.session.id.utf8.elementsEqual(id.utf8) }
    }
}
