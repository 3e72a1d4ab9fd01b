public import ChanceryGovernance
internal import ChanceryLedger
public import ChancerySuite
internal import ChanceryWire

/// The records of a federation in a home's store: every one is a leaf of the log.
public struct FederationStore: Sendable {
    private let store: any RecordStore & RecordIndex

    public init(_ store: any RecordStore & RecordIndex) { self.store = store }

    /// Keeps a record unless it is there already.
    ///
    /// - Returns: whether it was new.
    @discardableResult
    func keep(_ record: VerifiedRecord) throws -> Bool {
        guard try store.record(id: record.id) == nil else { return false }
        _ = try store.append([NewRecord(record)], moving: [])
        return true
    }

    /// Keeps a statement of this store.
    func keep(_ statement: NewRecord) throws { _ = try store.append([statement], moving: []) }

    /// Keeps those of `records` that are not there yet, in one durable step.
    func keep(_ records: [VerifiedRecord]) throws {
        let fresh = try records.filter { try store.record(id: $0.id) == nil }
        if !fresh.isEmpty { _ = try store.append(fresh.map { try NewRecord($0) }, moving: []) }
    }

    /// Keeps a proof of a contradiction, or the certificate of a freeze, unless it is there already.
    @discardableResult
    func keep(_ document: [UInt8], as kind: String) throws -> Bool {
        let record = try GovernanceDocument.record(kind, document)
        guard try store.record(id: record.id) == nil else { return false }
        _ = try store.append([record], moving: [])
        return true
    }

    /// Keeps the decision that follows those kept before; the row of the federation's head moves with it.
    ///
    /// - Throws: `store.conflict` when another process kept one in between.
    func keep(_ decision: Decision) throws {
        let row = try store.chain(Self.headRow)
        guard decision.slot == Int64(row?.count ?? 0) + 1 else {
            throw NodeError(
                .storeConflict, "the store holds \(row?.count ?? 0) decisions; slot \(decision.slot) does not follow")
        }
        _ = try store.append(
            [GovernanceDocument.record(Decision.type, decision.encoded())],
            moving: [ChainMove(agent: Self.headRow, from: row, to: Self.state(after: decision))])
    }

    /// The row that says which decision is the last one; agent ids hold no colon.
    static let headRow = "federation:"

    static func state(after decision: Decision) -> ChainState {
        ChainState(
            count: Int(clamping: decision.slot), head: Hex.encode(decision.id.bytes),
            timestamp: decision.block.context.time.seconds, profile: Decision.type)
    }

    /// Every record of `kind` after position `after`, in log order.
    func records(_ kind: String, after: UInt64? = nil, _ body: (StoredRecord) throws -> Void) throws {
        var query = RecordQuery(kind: kind, after: after, limit: 256)
        while true {
            let page = try store.records(query)
            for record in page { try body(record) }
            guard page.count == query.limit else { return }
            query.after = page.last?.position
        }
    }

    /// The first records of `kind` after position `after`, in log order.
    func page(_ kind: String, after: UInt64?, limit: Int) throws -> [StoredRecord] {
        try store.records(RecordQuery(kind: kind, after: after, limit: limit))
    }

    /// The position of the latest record; nil in an empty store.
    func latestPosition() throws -> UInt64? {
        let size = try store.frontier().size
        return size == 0 ? nil : size - 1
    }

    /// The stored record with this id; nil when there is none.
    func record(_ id: [UInt8]) throws -> StoredRecord? { try store.record(id: id) }

    /// The decisions that are kept, verified from `genesis` on, and what they come to.
    ///
    /// - Throws: what is wrong with the first decision that does not follow.
    public func history(
        of genesis: Genesis
    ) throws -> (decisions: [Digest256], committees: [Committee], head: Head<GovernanceState>) {
        var head = try Head(genesis)
        var committees = [genesis.committee]
        var decisions: [Digest256] = []
        try records(Decision.type) { record in
            let decision = try Decision(decoding: record.bytes)
            head = try head.following(decision)
            decisions.append(decision.id)
            if committees.last != head.state.committee { committees.append(head.state.committee) }
        }
        return (decisions, committees, head)
    }

    /// The certificates of freezes that are kept, each verified in the one of `committees` that passed it.
    func freezeCertificates(in committees: [Committee]) throws -> [BallotCertificate] {
        var certificates: [BallotCertificate] = []
        try records(BallotCertificate.type) { record in
            let value = try JSONParser.parse(record.bytes)
            let verified = committees.reversed().lazy.compactMap { try? BallotCertificate(verifying: value, in: $0) }.first
            if let verified, verified.proposal.kind == .emergencyFreeze { certificates.append(verified) }
        }
        return certificates
    }
}
