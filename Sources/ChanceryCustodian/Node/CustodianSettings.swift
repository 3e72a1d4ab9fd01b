/// How much a custodian keeps ready and takes on, and whose decisions bind it.
public struct CustodianSettings: Sendable, Hashable {
    /// How many evaluations' material is kept ready for each program; below half of it more is made.
    public var material = 256
    /// Seconds within which other custodians must answer in a round.
    public var patience: Int64 = 3
    /// Seconds within which a client must send its masked values.
    public var clientPatience: Int64 = 30
    /// Most sessions under way.
    public var sessions = 256
    /// Most of these that are evaluations: an eighth is left to material and keys.
    var evaluationSessions: Int { sessions - sessions / 8 }
    /// Most of these that wait for one client's masked values.
    var waitingSessions: Int { max(1, sessions / 4) }
    /// Most bytes of frames that wait for a session which has not begun here.
    public var earlyBytes = 32 << 20
    /// Most bytes of certificates that a log keeps which is written anew, for custodians which were away; those of the last 70 minutes it
    /// keeps all.
    public var certificateBytes = 64 << 20
    /// Most bytes of certificates in one answer to a custodian that was away, or one certificate; it asks for the next ones then.
    public var answerBytes = 1 << 20

    /// A log that is longer than this many bytes when the custodian starts is written anew without what is superfluous in it.
    public var compactBytes = 16 << 20
    /// Most bytes of one line of a log that is written anew; where books would need more, the log stays as it is.
    public var lineBytes = CustodianLine.mostBytes
    /// The federation that activates programs and stops them; nil where K custodians' people approve.
    public var federation: FederationTerms?

    public init() {}
}
