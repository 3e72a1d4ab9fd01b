internal import ChanceryArithmetic
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

/// A claim that this custodian bound material to, until it is over.
final class ClaimState {
    let id: [UInt8]
    let purpose: StreamPurpose
    let indices: Range<UInt64>
    /// The signature that left, as it is in the log.
    let signature: [UInt8]
    let expires: UTCTime
    /// Nil once a session has it, and after a restart: then it is burnt.
    var material: Box<ClaimedMaterial>?
    /// Who made it.
    var makers: [Int]?
    var certificate: ClaimCertificate?
    var program: ProgramState?
    /// The sealed results, until it is on record that they are given out.
    var results: [UInt8]?
    var session: RunID?
    /// The key under which the client gets its results.
    var outputKey: Box<SecretBytes>?
    /// The answer to the request that began the session, for when it is asked again.
    var begun: [UInt8]?
    var submission: Digest256?
    /// What custodians see of the inputs, where the policy counts directions; and until it is held against what the client
    /// submitted: its masks, opened by each custodian, and its masked values.
    var rows: PlainRows?
    var masks: [Int: [FieldElement]] = [:]
    var unchecked: [UInt8]?
    /// The request that waits for the results.
    var waiting: UInt64?
    /// How it ended.
    var ended: (body: JSONObject, attachment: [UInt8])?

    init(
        _ id: [UInt8], _ purpose: StreamPurpose, _ indices: Range<UInt64>, signature: [UInt8], expires: UTCTime,
        material: Box<ClaimedMaterial>?
    ) {
        self.id = id
        self.purpose = purpose
        self.indices = indices
        self.signature = signature
        self.expires = expires
        self.material = material
    }
}
