public import ChanceryLedger
public import ChanceryNode
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
public import ChanceryWire

/// Brings clients and custodians together: it collects signatures, chooses material, and relays what is sealed.
///
/// Nothing depends on its honesty but whether an answer comes. It keeps nothing: what it must know it asks custodians for.
public actor Coordinator {
    /// An answer of a custodian.
    struct Answer: Sendable {
        let body: JSONObject
        let attachment: [UInt8]
    }

    struct Request {
        let party: Int
        /// The round of questions that it belongs to; 0 for a question to one custodian.
        let round: UInt64
        let continuation: CheckedContinuation<Answer, any Error>
    }

    let roster: CustodianRoster
    let network: any PeerNetwork
    let now: @Sendable () -> UTCTime
    let read: ProgramContent.Reader
    let patience: Duration
    var next: UInt64 = 0
    var waiting: [UInt64: Request] = [:]
    /// Rounds of questions whose answers are still wanted.
    var rounds: Set<UInt64> = []
    private(set) var connected: Set<Int> = []
    /// Custodians that left a question unanswered which others answered, and since when they were last asked anything. Nobody
    /// waits for them until they answer.
    var late: [Int: ContinuousClock.Instant] = [:]
    /// What is known of programs' material.
    var shelves: [Shelf.Name: Shelf] = [:]
    /// How often each custodian, one time after another, did not bind material that others bound.
    var reluctance: [Int: Int] = [:]
    /// What people approved, or a federation decided.
    var pending: [[UInt8]: PendingApprovals] = [:]
    /// Of programs that are active; more than t custodians said the same, and the packages have their ids.
    var statements: [[UInt8]: ProgramStatement] = [:]

    public init(
        _ roster: CustodianRoster, network: any PeerNetwork, patience: Duration = .seconds(20),
        read: @escaping ProgramContent.Reader = { try ProgramContent(package: $0) }, now: @escaping @Sendable () -> UTCTime
    ) {
        self.roster = roster
        self.network = network
        self.patience = patience
        self.read = read
        self.now = now
    }

    /// Of which programs anything is kept.
    package var known: Set<[UInt8]> { Set(shelves.keys.map(\.program)).union(pending.keys).union(statements.keys) }

    /// K: how many approvals a program takes.
    public nonisolated var threshold: Int { roster.set.threshold }
    public nonisolated var rosterBytes: [UInt8] { roster.bytes }

    // MARK: the way to custodians

    /// A connection to a custodian stands, or fell.
    public func setConnected(_ isConnected: Bool, _ did: DID) {
        guard let party = roster.number(of: did) else { return }
        // Whoever was away may have lost its material.
        forget(party)
        late[party] = nil
        if isConnected {
            connected.insert(party)
        } else {
            connected.remove(party)
            for (id, request) in waiting where request.party == party { fail(id, "custodian \(party) went away") }
        }
    }

    /// Takes a message of a custodian.
    public func receive(_ bytes: [UInt8], from sender: DID) {
        guard let party = roster.number(of: sender),
            case .answer(let id, let body, let attachment) = try? CustodianMessage(bytes)
        else { return }
        // Late or not, it answers again.
        late[party] = nil
        guard waiting[id]?.party == party, let request = waiting.removeValue(forKey: id) else { return }
        if let error = body["error"]?.object {
            let code = error["code"]?.string ?? ""
            request.continuation.resume(throwing: CustodianError(stated: code, error["detail"]?.string ?? ""))
        } else {
            request.continuation.resume(returning: Answer(body: body, attachment: attachment))
        }
    }

    /// Asks anew what material a custodian has, before it is relied on.
    func forget(_ party: Int) {
        for name in shelves.keys { shelves[name]?.forget(party) }
    }

    /// The refusal that most custodians gave.
    static func commonest(_ refusals: [Int: CustodianError], _ fallback: String) -> CustodianError {
        let groups = Dictionary(grouping: refusals.values) { $0.code }
        return groups.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.value.first
            ?? CustodianError(.unavailable, fallback)
    }
}
