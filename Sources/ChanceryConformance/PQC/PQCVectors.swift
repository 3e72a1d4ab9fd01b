internal import ChancerySuite
internal import ChanceryWire

/// The runners for the governance and vault data, as far as their rooms are built.
public enum PQCVectors {
    public static let runners: [VectorRunner] = [
        PQCLattice.signatures, PQCLattice.encapsulation, PQCCanonical.canonical, PQCCanonical.mislabelled,
        PQCQuorum.runner, PQCTally.runner, PQCAuthorization.runner, PQCExpiry.runner, PQCEnvelopes.runner,
        PQCArtifacts.runner, PQCAccess.runner, PQCVaultSequences.runner,
    ]
}
