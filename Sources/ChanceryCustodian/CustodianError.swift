public import ChanceryWire

/// Why a custodian, its coordinator or a client did not do what was asked.
public struct CustodianError: CodedError, Equatable {
    /// A stable code.
    public enum Reason: String, Sendable, CaseIterable {
        /// A list of custodians that contradicts itself.
        case rosterMalformed = "custodian.roster_malformed"
        /// A message that cannot be read, or asks for nothing known.
        case messageMalformed = "custodian.message_malformed"
        /// Somebody else than the coordinator asks for what only it may ask.
        case notTheCoordinator = "custodian.not_the_coordinator"
        case unknownProgram = "custodian.unknown_program"
        /// A package whose content has another id, or that this version cannot run.
        case programRefused = "custodian.program_refused"
        case alreadyActive = "custodian.already_active"
        case notActivated = "custodian.not_activated"
        /// A federation's decision is needed that is not pinned here, or that nobody has shown.
        case federationMissing = "custodian.federation_missing"
        /// This custodian is bound to a federation: approvals of custodians' people activate nothing.
        case decisionRequired = "custodian.decision_required"
        /// The decisions that are shown end before those that are known.
        case historyOlder = "custodian.history_older"
        /// The decisions that are shown do not go on from those that are known (rule G12).
        case historyForked = "custodian.history_forked"
        /// The owner has not installed the program's secrets.
        case secretsMissing = "custodian.secrets_missing"
        /// The custodians have not agreed on keys in this epoch.
        case keysMissing = "custodian.keys_missing"
        /// The custodian's memory of used material was lost or is older than what it signed (rule T3).
        case stateLost = "custodian.state_lost"
        /// The log could not be written: the custodian ends, and takes up from its log when it starts again.
        case logUnwritable = "custodian.log_unwritable"
        /// The custodian's own log contradicts itself.
        case logBroken = "custodian.log_broken"
        /// The client is not admitted here, or is no owner.
        case unknownClient = "custodian.unknown_client"
        /// An admitted owner, but not the one who installed the program.
        case notTheOwner = "custodian.not_the_owner"
        /// The claim was bound to other material, or the material to another claim (rule T3).
        case indexBound = "custodian.index_bound"
        case materialMissing = "custodian.material_missing"
        case claimUnknown = "custodian.claim_unknown"
        /// No such evidence, or no such custodian to ask for it.
        case evidenceUnknown = "custodian.evidence_unknown"
        /// A session ended without a result; its material is burnt.
        case sessionFailed = "custodian.session_failed"
        /// Too much is under way.
        case busy = "custodian.busy"
        /// Too few custodians answered.
        case unavailable = "custodian.unavailable"
        /// What came does not come from the custodian it names.
        case answerForged = "custodian.answer_forged"
        /// A refusal that a custodian stated with a code of another part.
        case refused = "custodian.refused"
    }

    public let reason: Reason
    public let detail: String
    /// The code that another process stated; it stands for this error.
    public let stated: String?
    public var code: String { stated ?? reason.rawValue }

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail.asErrorDetail
        stated = nil
    }

    /// What another process answered. Codes that are none are not taken over.
    public init(stated code: String, _ detail: String) {
        let isCode =
            (3...64).contains(code.utf8.count)
            && code.utf8.allSatisfy {
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2e || $0 == 0x5f
            }
        reason = Reason(rawValue: code) ?? .refused
        stated = isCode ? code : nil
        self.detail = detail.asErrorDetail
    }
}
