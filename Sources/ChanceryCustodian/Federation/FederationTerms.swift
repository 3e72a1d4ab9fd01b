public import ChanceryGovernance

/// Whose decisions bind a custodian, and how young its members' word has to be.
public struct FederationTerms: Sendable, Hashable {
    /// The id of its genesis, known by another way than what is shown.
    public let federation: FederationID
    /// Where this custodian works: freezes that reach there stop it.
    public let scope: Scope
    /// How old beats may be when they are shown, in seconds (Δ of rule G6).
    public let beatAge: Int64
    /// For how long programs run on one quorum of beats, in seconds, counted from the earliest of them.
    public let lease: Int64

    public init(_ federation: FederationID, scope: Scope = .everything, beatAge: Int64 = 600, lease: Int64 = 86_400) {
        self.federation = federation
        self.scope = scope
        self.beatAge = min(max(beatAge, 1), 86_400)
        self.lease = min(max(lease, 120), 2_678_400)
    }
}
