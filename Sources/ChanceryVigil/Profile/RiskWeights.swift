/// What each part of the risk score weighs, in hundredths that add up to 100.
public struct RiskWeights: Sendable, Equatable {
    public let trust: Int64
    public let stability: Int64
    public let collusion: Int64
    public let chain: Int64

    /// - Throws: `vigil.profile_invalid` when one is outside 0…100 or the sum is not 100.
    public init(trust: Int64, stability: Int64, collusion: Int64, chain: Int64) throws(VigilError) {
        let all = [trust, stability, collusion, chain]
        guard all.allSatisfy({ (0...100).contains($0) }), all.reduce(0, +) == 100 else {
            throw VigilError(.profileInvalid, "weights must lie in 0…100 and add up to 100")
        }
        self.init(unchecked: trust, stability, collusion, chain)
    }

    private init(unchecked trust: Int64, _ stability: Int64, _ collusion: Int64, _ chain: Int64) {
        self.trust = trust
        self.stability = stability
        self.collusion = collusion
        self.chain = chain
    }

    /// The weights that version 1.10 of the reference computes with.
    public static let piqrypt = RiskWeights(unchecked: 20, 35, 30, 15)
    /// The weights that the description of the reference states.
    public static let seed = RiskWeights(unchecked: 35, 30, 20, 15)
}
