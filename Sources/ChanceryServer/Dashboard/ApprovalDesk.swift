internal import ChanceryAPI
public import ChanceryGate
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire
internal import Synchronization

/// Signs the answer of a person who sits at a browser: opens the key file that the person left in the home with the
/// passphrase of this one answer, and forgets both.
///
/// Whoever guesses waits, each time longer, for each key apart; what was signed elsewhere is never delayed by it.
public final class ApprovalDesk: Sendable {
    /// The key file that the person of this id left in the home; nil for none.
    public typealias KeyFiles = @Sendable (_ approver: String) throws -> [UInt8]?
    /// Passphrases that are tried at once: each takes 128 MiB.
    private static let mostTrials = 2

    let service: GateService
    private let journal: RefusalJournal?
    private let keyFile: KeyFiles
    private let uptime: @Sendable () -> Duration
    private let throttles = Mutex<[String: UnlockThrottle]>([:])
    private let trials = BodyRoom(mostTrials)

    /// - Parameter uptime: a clock that only goes forward.
    public init(
        _ service: GateService, journal: RefusalJournal?, uptime: @escaping @Sendable () -> Duration = BrowserDesk.clock,
        keyFile: @escaping KeyFiles
    ) {
        self.service = service
        self.journal = journal
        self.keyFile = keyFile
        self.uptime = uptime
    }

    /// The signed answer, taken by the gate.
    ///
    /// - Throws: `gate.wrong_passphrase`, counted; `gate.passphrase_delayed` after wrong ones; `gate.key_absent`,
    ///   `gate.key_unprotected`; and what keeps the gate from taking it. All of it is on record.
    func answer(_ form: AnswerForm, by caller: Caller) async throws -> OpenDecision.Standing {
        let (id, choice) = (form.decision, form.choice)
        let signed: [UInt8]
        do {
            let place = BodyRoom.Share(of: trials)
            defer { withExtendedLifetime(place) {} }
            guard place.take(1) else { throw APIError(.noRoom, "other passphrases are being tried; try again") }
            signed = try await HomeServices.blocking { [self] in
                let approver = try service.approvers.approver(called: form.approver)
                let terms = try Approval.Terms(
                    choice, on: service.gate.history(of: id).decision, id, justification: form.justification, at: service.now())
                return try Approval.sign(terms, as: approver, key: open(approver, form.passphrase)).record.bytes
            }
        } catch let error as GateError where error.reason == .passphraseDelayed {
            // Nothing was tried, and asking again must not fill the gate's chain.
            await journal?.note(error, of: caller.principal.keyID, at: "dashboardApproval")
            throw error
        } catch let error as APIError {
            throw error
        } catch {
            try await service.gate.refuse("answer", error, agent: "", caller: caller.principal.keyID, decision: id)
        }
        return try await service.gate.answer(signed, by: caller.principal.keyID, expecting: .init(choice, on: id))
    }

    private func open(_ approver: Approver, _ passphrase: [UInt8]) throws -> SigningKey<Purpose.Approval> {
        guard let file = try keyFile(approver.id) else {
            throw GateError(
                .keyAbsent, "`\(approver.name)` left no key in this home; answer with `chancery gate approve --key FILE`")
        }
        guard APIKeyFile.custody(of: file) == .passphrase else {
            throw GateError(.keyUnprotected, "the key of `\(approver.name)` has no passphrase; anybody could answer with it")
        }
        try begin(approver.id)
        do {
            var bytes = passphrase
            let key = try ApproverKeyFile.open(file, KeyProtection(Passphrase(erasing: &bytes)))
            end(approver.id) { $0.succeed() }
            guard key.publicKey == approver.key else {
                throw GateError(.keyAbsent, "the key file is not that of `\(approver.name)`")
            }
            return key
        } catch let error as LedgerError where error.reason == .wrongPassphrase {
            throw GateError(.wrongPassphrase, "the passphrase does not open the key of `\(approver.name)`")
        } catch {
            // It said nothing about the passphrase.
            end(approver.id) { $0.withdraw() }
            throw error
        }
    }

    /// Counts an attempt as wrong until it is known to be right.
    private func begin(_ approver: String) throws {
        let step = throttles.withLock { $0[approver, default: UnlockThrottle()].begin(at: milliseconds) }
        if case .wait(let left) = step {
            throw GateError(.passphraseDelayed, "after a wrong passphrase the next is tried in \((left + 999) / 1000) s")
        }
    }

    private func end(_ approver: String, _ body: (inout UnlockThrottle) -> Void) {
        throttles.withLock { body(&$0[approver, default: UnlockThrottle()]) }
    }

    private var milliseconds: Int64 {
        let (seconds, rest) = uptime().components
        return seconds * 1000 + rest / 1_000_000_000_000_000
    }
}

extension Route {
    /// `POST /v1/dashboard/approvals`
    static func dashboardApproval(_ desk: ApprovalDesk) -> Route {
        let document = RouteDocument(
            .post, "/v1/dashboard/approvals", id: "dashboardApproval", tag: "dashboard",
            summary:
                "Signs a person's answer with the key that the person left in the home. The passphrase is for this answer alone.",
            access: .roles([.approver]),
            body: .json(
                .object(
                    [
                        ("answer", .string(values: ["approve", "reject"])), ("approver", .string(limit: 64)),
                        ("decision", .hex(64)), ("passphrase", .string(limit: Passphrase.maximumBytes)),
                    ], optional: [("reason", .string(limit: Approval.justificationBytes))])),
            bodyBytes: 1 << 16, content: .json(.map(.any)), refusals: [404, 409, 415, 422, 429])
        return Route(document) { request in
            let caller = try request.requireCaller()
            _ = try request.requireBrowser()
            let form = try await desk.service.recording("answer", caller) { try AnswerForm(request) }
            let standing = try await desk.answer(form, by: caller)
            return .json(["decision": .string(form.decision.text), "standing": GateBody.json(standing)])
        }
    }
}

/// What a person sends from a browser.
struct AnswerForm: Sendable {
    let choice: Approval.Choice
    let decision: DecisionID
    let approver: String
    let passphrase: [UInt8]
    let justification: String

    init(_ request: APIRequest) throws {
        var reader = try request.object("answer")
        guard let choice = Approval.Choice(rawValue: try reader.string("answer", limit: 8)) else {
            throw APIError(.invalidParameter, "`answer` is approve or reject")
        }
        self.choice = choice
        approver = try reader.string("approver", limit: 64)
        decision = try DecisionID(reader.string("decision", limit: 128))
        passphrase = Array(try reader.string("passphrase", limit: Passphrase.maximumBytes).utf8)
        justification = try reader.optionalString("reason", limit: Approval.justificationBytes) ?? ""
        try reader.finish()
    }
}

extension GateError.Reason {
    /// The person left no key in the home, or another one.
    public static let keyAbsent = Self(rawValue: "gate.key_absent")
    /// The key that the person left has no passphrase.
    public static let keyUnprotected = Self(rawValue: "gate.key_unprotected")
    /// The passphrase does not open the person's key.
    public static let wrongPassphrase = Self(rawValue: "gate.wrong_passphrase")
    /// Too soon after a wrong passphrase; nothing was tried.
    public static let passphraseDelayed = Self(rawValue: "gate.passphrase_delayed")
}
