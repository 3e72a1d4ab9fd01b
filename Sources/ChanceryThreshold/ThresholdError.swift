public import ChanceryWire

/// Why a step of the protocol was refused or a session ended, and whose fault it was where that can be said.
public struct ThresholdError: CodedError, Equatable {
    /// A stable code.
    public enum Reason: String, Sendable, CaseIterable {
        case invalidCommittee = "threshold.invalid_committee"
        case tooFewParties = "threshold.too_few_parties"
        case invalidProgram = "threshold.invalid_program"
        case invalidFrame = "threshold.invalid_frame"
        case wrongSession = "threshold.wrong_session"
        case replayedFrame = "threshold.replayed_frame"
        case unexpectedFrame = "threshold.unexpected_frame"
        case equivocation = "threshold.equivocation"
        case wrongShare = "threshold.wrong_share"
        case inconsistentShares = "threshold.inconsistent_shares"
        case transcriptsDiffer = "threshold.transcripts_differ"
        case brokenCommitment = "threshold.broken_commitment"
        case keysDiffer = "threshold.keys_differ"
        case verificationFailed = "threshold.verification_failed"
        case silentParty = "threshold.silent_party"
        case materialSpent = "threshold.material_spent"
        case wrongMaterial = "threshold.wrong_material"
        case wrongInputs = "threshold.wrong_inputs"
        case inputOutOfRange = "threshold.input_out_of_range"
        case submissionsDiffer = "threshold.submissions_differ"
        case sessionOver = "threshold.session_over"
    }

    public let reason: Reason
    public let detail: String
    /// The custodians at fault, by number from 1, ascending; empty where the shares alone cannot say.
    public let parties: [Int]
    /// The kind of message that showed it.
    public let message: FrameKind?

    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String, parties: [Int] = [], message: FrameKind? = nil) {
        self.reason = reason
        self.detail = detail.asErrorDetail
        self.parties = parties
        self.message = message
    }
}
