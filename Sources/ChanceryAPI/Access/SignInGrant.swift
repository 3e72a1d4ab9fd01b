internal import ChancerySuite
public import ChanceryWire

/// The secret of a link that signs a browser in: 32 random bytes in the part of an address that browsers send to nobody.
public struct SignInToken: Sendable {
    private static let prefix = "ci_"
    private static let byteCount = 32
    private static let label = Array("chancery/sign-in-link/v1\u{0}".utf8)

    private let bytes: [UInt8]

    /// A fresh one.
    public init() { bytes = SystemRandom.bytes(Self.byteCount) }

    /// - Throws: `wire.…` for anything but ``text``.
    public init(_ text: String) throws(WireError) {
        guard text.utf8.count <= 64, text.hasPrefix(Self.prefix) else {
            throw WireError(.invalidValue, "the text is no sign-in token")
        }
        bytes = try Base64.url.decode(String(text.dropFirst(Self.prefix.count)))
        guard bytes.count == Self.byteCount else { throw WireError(.invalidValue, "a sign-in token has 32 bytes") }
    }

    public var text: String { Self.prefix + Base64.url.encode(bytes) }

    /// What is kept: it finds the grant and signs nobody in.
    public var digest: [UInt8] { Digest.sha3_256(Self.label + bytes) }
}

/// What a sign-in link opens, once.
public struct SignInGrant: Sendable, Equatable {
    /// How long a link is good, in seconds.
    public static let lifetime: Int64 = 900
    /// The roles that a browser may have.
    public static let roles: Set<Role> = [.operator, .approver, .auditor]

    public let roles: Set<Role>
    public let notBefore: UTCTime
    public let notAfter: UTCTime

    /// - Throws: `api.invalid_parameter` for no role, or one that no browser has.
    public init(_ roles: Set<Role> = Self.roles, at time: UTCTime) throws(APIError) {
        guard !roles.isEmpty, roles.isSubset(of: Self.roles) else {
            let words = Self.roles.map(\.rawValue).sorted().joined(separator: ", ")
            throw APIError(.invalidParameter, "a browser has one or more of the roles \(words)")
        }
        self.roles = roles
        notBefore = time
        notAfter = time.advanced(bySeconds: Self.lifetime)
    }

    public func isGood(at time: UTCTime) -> Bool { notBefore <= time && time < notAfter }

    public var json: JSONValue {
        [
            "not_after": .string(notAfter.text), "not_before": .string(notBefore.text),
            "roles": .array(roles.map(\.rawValue).sorted().map { .string($0) }),
        ]
    }

    /// Reads ``json``.
    public init(decoding bytes: [UInt8]) throws {
        var reader = try RecordReader(JSONParser.parse(bytes, limits: .init(bytes: 4096, depth: 3)), "sign-in grant")
        let (start, end) = try (UTCTime(reader.string("not_before", limit: 32)), UTCTime(reader.string("not_after", limit: 32)))
        var roles: Set<Role> = []
        for name in try reader.array("roles", limit: 8) {
            guard let role = name.string.flatMap(Role.init(rawValue:)) else { throw WireError(.invalidValue, "no such role") }
            roles.insert(role)
        }
        try reader.finish()
        try self.init(roles, at: start)
        guard notAfter == end else { throw WireError(.invalidValue, "a grant has another lifetime") }
    }
}

/// Keeps what sign-in links open, so that every process which has the home can make one and the server finds it.
public protocol SignInGrants: Sendable {
    /// Durable on return.
    ///
    /// - Throws: `api.no_room` when as many wait as may.
    func keep(_ grant: SignInGrant, for digest: [UInt8], at time: UTCTime) throws

    /// Takes the grant away, so that nobody gets it twice, whatever the number of processes; nil when there is none that is
    /// good at `time`.
    func take(_ digest: [UInt8], at time: UTCTime) throws -> SignInGrant?
}
