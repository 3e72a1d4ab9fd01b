internal import ChanceryAPI
internal import ChanceryNode

/// Who calls a route, and by what right.
struct Caller: Sendable {
    let principal: Principal
    /// The session that stands for the signature; nil when this very request is signed.
    let session: SessionToken?
    /// The key that signed this very request; nil in a session, and for a certificate.
    let key: RegisteredKey?
    /// The key that an operator registered, by which the use is counted; nil for members, certificates and local users.
    var account: APIKeyStatement?
    /// The session of the browser, where a person calls.
    var browser: BrowserSession?
}
