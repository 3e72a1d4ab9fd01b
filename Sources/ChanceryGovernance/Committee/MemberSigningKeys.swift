public import ChancerySuite

/// The private keys with which a member acts.
public struct MemberSigningKeys: Sendable {
    public let ballot: SigningKey<Purpose.Ballot>
    public let consensus: SigningKey<Purpose.Consensus>
    public let http: SigningKey<Purpose.HTTP>

    public init(
        ballot: SigningKey<Purpose.Ballot>, consensus: SigningKey<Purpose.Consensus>, http: SigningKey<Purpose.HTTP>
    ) {
        self.ballot = ballot
        self.consensus = consensus
        self.http = http
    }

    /// Fresh keys from the system's generator.
    public static func generate() throws(SuiteError) -> MemberSigningKeys {
        MemberSigningKeys(ballot: try .generate(.mlDSA65), consensus: try .generate(.mlDSA65), http: try .generate(.mlDSA65))
    }

    public var publicKeys: MemberKeys {
        MemberKeys(ballot: ballot.publicKey, consensus: consensus.publicKey, http: http.publicKey)
    }
}
