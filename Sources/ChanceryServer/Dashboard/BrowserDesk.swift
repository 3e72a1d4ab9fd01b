public import ChanceryAPI
internal import ChanceryNode
internal import ChancerySuite
public import ChanceryWire
internal import HTTPTypes
internal import Synchronization

/// Signs browsers in by links that work once, and knows them again by a cookie.
///
/// A cookie counts for the name and port under which the session was opened, from pages of this server alone, and never beside
/// a signature. What changes something needs the session's token as well, which no other page can read.
public final class BrowserDesk: Sendable {
    static let cookie = "chancery"
    static let csrfHeader = "Chancery-CSRF"
    /// How long a wrong token waits for its answer.
    static let delay = Duration.seconds(1)
    /// Wrong tokens that wait at once.
    static let mostWrong = 4

    private let grants: any SignInGrants
    private let journal: RefusalJournal?
    private let now: @Sendable () -> UTCTime
    private let uptime: @Sendable () -> Duration
    private let book = Mutex(BrowserBook())
    private let waiting = BodyRoom(mostWrong)

    /// - Parameter uptime: a clock that only goes forward.
    public init(
        _ grants: any SignInGrants, journal: RefusalJournal?, now: @escaping @Sendable () -> UTCTime,
        uptime: @escaping @Sendable () -> Duration = BrowserDesk.clock
    ) {
        self.grants = grants
        self.journal = journal
        self.now = now
        self.uptime = uptime
    }

    private static let started = ContinuousClock.now
    public static let clock: @Sendable () -> Duration = { ContinuousClock.now - started }

    // MARK: signing in

    /// The secret of a new link.
    public func link(_ roles: Set<Role> = SignInGrant.roles) throws -> SignInToken {
        let (token, time) = (SignInToken(), now())
        try grants.keep(SignInGrant(roles, at: time), for: token.digest, at: time)
        return token
    }

    /// Opens a session with the secret of a link, which opens no other.
    ///
    /// - Throws: `api.sign_in_invalid` for what is no secret of a link that waits, a second later and on record;
    ///   `api.sign_in_delayed` while too many wrong ones wait.
    func signIn(_ text: String, at authority: String) async throws -> (token: BrowserToken, session: BrowserSession) {
        let grant = try await HomeServices.blocking { [grants, now] () -> SignInGrant? in
            guard let token = try? SignInToken(text) else { return nil }
            return try grants.take(token.digest, at: now())
        }
        guard let grant else { throw try await refused() }
        let token = BrowserToken()
        return (token, book.withLock { $0.open(token, as: grant.roles, at: authority, now: uptime()) })
    }

    /// What is right is never delayed, so nobody who guesses keeps a person out.
    private func refused() async throws -> APIError {
        let place = BodyRoom.Share(of: waiting)
        defer { withExtendedLifetime(place) {} }
        guard place.take(1) else {
            return APIError(.signInDelayed, "too many sign-ins were wrong just now; try again in a second")
        }
        let error = APIError(.signInInvalid, "the link was used, is over, or never was; `chancery dashboard` prints another")
        await journal?.note(error, of: "browser", at: "dashboardSignIn")
        try await Task.sleep(for: Self.delay)
        return error
    }

    // MARK: knowing again

    /// Whether the request's cookie names an open session; nil when it has none of ours.
    func isKnown(_ head: HTTPRequest) throws(RequestRefusal) -> Bool? {
        guard let text = try BrowserOrigin.cookie(head) else { return nil }
        return session(text) != nil
    }

    /// Who calls by cookie; nil without one.
    ///
    /// - Parameter isUse: whether the request keeps an idle session open.
    /// - Throws: ``RequestRefusal``.
    func caller(of head: HTTPRequest, isSecure: Bool, at route: String, isUse: Bool) async throws -> Caller? {
        guard let text = try BrowserOrigin.cookie(head) else { return nil }
        guard let token = try? BrowserToken(text), let session = session(text),
            head.authority?.lowercased().utf8.elementsEqual(session.authority.utf8) == true
        else { throw RequestRefusal.sessionUnknown }
        guard BrowserOrigin.isOwn(head, isSecure: isSecure) else {
            await journal?.note(.foreignOrigin, of: session.id, at: route)
            throw RequestRefusal.foreignOrigin
        }
        if !BrowserOrigin.isReading(head) {
            let stated = HTTPField.Name(Self.csrfHeader).flatMap { head.headerFields[$0] } ?? ""
            guard constantTimeEqual(Array(stated.utf8), Array(session.csrf.utf8)) else {
                await journal?.note(.csrfMismatch, of: session.id, at: route)
                throw RequestRefusal.csrfMismatch
            }
        }
        if isUse { book.withLock { $0.use(token, at: uptime()) } }
        return Caller(principal: session.principal, session: nil, key: nil, browser: session)
    }

    private func session(_ text: String) -> BrowserSession? {
        guard let token = try? BrowserToken(text) else { return nil }
        return book.withLock { $0.session(of: token, at: uptime()) }
    }

    // MARK: sessions

    func isOpen(_ session: BrowserSession) -> Bool { book.withLock { $0.isOpen(session.id, at: uptime()) } }
    func close(_ session: BrowserSession) { book.withLock { $0.close(session.id) } }

    /// Seconds until the session ends at the latest.
    func seconds(left session: BrowserSession) -> Int64 { max(0, (session.end - uptime()).components.seconds) }
}

extension APIError.Reason {
    /// The secret is none of a link that waits.
    public static let signInInvalid = Self(rawValue: "api.sign_in_invalid")
    /// Too many wrong secrets wait for their answers.
    public static let signInDelayed = Self(rawValue: "api.sign_in_delayed")
    /// The request comes from a page of another server.
    public static let foreignOrigin = Self(rawValue: RequestRefusal.foreignOrigin.rawValue)
    /// The request lacks the token of its session.
    public static let csrfMismatch = Self(rawValue: RequestRefusal.csrfMismatch.rawValue)
    /// Only a person signed in with a browser may do this.
    public static let browserRequired = Self(rawValue: "api.browser_required")
}
