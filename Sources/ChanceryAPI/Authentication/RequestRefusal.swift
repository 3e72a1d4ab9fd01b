/// Why a request is not from whom it says, or may not do what it asks.
///
/// The code is for the log of the server. A client hears 401 or 403 and not which check failed.
public enum RequestRefusal: String, Sendable, CaseIterable, Error {
    case unsigned = "api.unsigned"
    case malformedSignature = "api.malformed_signature"
    case unknownKey = "api.unknown_key"
    case inactiveKey = "api.inactive_key"
    case wrongAlgorithm = "api.wrong_algorithm"
    case otherAuthority = "api.other_authority"
    case notFresh = "api.not_fresh"
    case contentMismatch = "api.content_mismatch"
    case invalidSignature = "api.invalid_signature"
    case replayed = "api.replayed"
    case nonceStoreFull = "api.nonce_store_full"
    case sessionUnknown = "api.session_unknown"
    /// A browser says that another server's page asks.
    case foreignOrigin = "api.foreign_origin"
    /// A page that does not know the token of the session asks.
    case csrfMismatch = "api.csrf_mismatch"
    case roleMissing = "api.role_missing"

    public var code: String { rawValue }
}
