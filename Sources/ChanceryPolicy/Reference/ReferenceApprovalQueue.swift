/// The reference's queue of decisions that wait for a person, as a value: steps in, states out. For conformance only;
/// its approvals bind nothing and are never accepted by a gate.
public struct ReferenceApprovalQueue: Sendable {
    /// How much risk a person may wave through.
    public enum Clearance: String, Sendable, CaseIterable {
        case L1, L2, L3

        /// The highest risk, included.
        public var limit: ExactDecimal {
            switch self {
            case .L1: ExactDecimal(75, scale: 2)
            case .L2: ExactDecimal(9, scale: 1)
            case .L3: ExactDecimal(1)
            }
        }

        /// Whether a person of this clearance may answer at `risk`.
        public func permits(_ risk: ExactDecimal, isActive: Bool = true) -> Bool { isActive && risk <= limit }
    }

    public enum State: String, Sendable {
        case pending = "PENDING"
        case approved = "APPROVED"
        case rejected = "REJECTED"
        case timedOut = "TIMED_OUT"
        case resolved = "RESOLVED"
    }

    /// The reference's errors, by their names there.
    public enum Refusal: String, Error, Sendable {
        case notHeld = "ValueError"
        case alreadyResolved = "DecisionAlreadyResolvedError"
        case timedOut = "DecisionTimedOutError"
        case clearance = "InsufficientClearanceError"
    }

    public struct Item: Sendable, Equatable {
        public let risk: ExactDecimal
        public let timeoutAt: Int64
        public internal(set) var effect: Effect
        public internal(set) var state: State
        /// What a timeout added to the reason.
        public internal(set) var reasonSuffix = ""
        public internal(set) var justification: String?
    }

    public private(set) var items: [Item] = []
    private let onTimeout: ApprovalTerms.OnTimeout

    public init(onTimeout: ApprovalTerms.OnTimeout) { self.onTimeout = onTimeout }

    /// Takes a decision in and returns its index.
    public mutating func add(risk: ExactDecimal, effect: Effect, timeoutAt: Int64) -> Int {
        let state = effect == .requireHuman ? State.pending : .resolved
        items.append(Item(risk: risk, timeoutAt: timeoutAt, effect: effect, state: state))
        return items.count - 1
    }

    public var pendingCount: Int { items.count { $0.state == .pending } }

    public mutating func answer(
        _ index: Int, approve: Bool, by clearance: Clearance, isActive: Bool = true, at now: Int64
    ) throws(Refusal) {
        guard items.indices.contains(index), items[index].effect == .requireHuman || items[index].state == .timedOut else {
            throw .notHeld
        }
        guard items[index].state == .pending else { throw .alreadyResolved }
        guard now <= items[index].timeoutAt else { throw .timedOut }
        guard clearance.permits(items[index].risk, isActive: isActive) else { throw .clearance }
        items[index].state = approve ? .approved : .rejected
    }

    /// What the reference's watcher does: every way of timing out blocks, `ESCALATE` too.
    public mutating func processTimeouts(at now: Int64) {
        for index in items.indices where items[index].state == .pending && now > items[index].timeoutAt {
            items[index].state = .timedOut
            items[index].effect = .block
            switch onTimeout {
            case .reject:
                items[index].reasonSuffix = " [TIMED OUT → auto-rejected after \(items[index].timeoutAt)]"
                items[index].justification = "Auto-reject — timeout exceeded"
            case .block:
                items[index].reasonSuffix = " [TIMED OUT → BLOCK]"
                items[index].justification = "Auto-block — timeout exceeded"
            case .escalate:
                items[index].reasonSuffix = " [TIMED OUT → escalated to L2]"
                items[index].justification = "Auto-escalate — timeout exceeded"
            }
        }
    }
}
