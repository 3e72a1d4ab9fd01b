public import ChanceryGovernance
public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// One node of a federation at work: takes what members sign, orders what they passed, and tells the others.
///
/// It holds the keys of its machine and never those of its people. Proposals and ballots come from other nodes, or into the
/// store by other processes of this home, which ``tick()`` finds. Every decision, proposal, ballot and proof is durable
/// before anybody hears of it.
public actor FederationNode {
    /// How often each peer is told what this node has, in milliseconds.
    static let inventoryInterval: Int64 = 1000
    /// Most decisions that one inventory is answered with.
    static let decisionsPerAnswer: Int64 = 32
    /// What an answer costs at least: finding it is work too.
    static let answerCost = 64 << 10

    let genesis: Genesis
    let me: DID
    let files: any FederationFiles
    let store: FederationStore
    let network: any PeerNetwork
    let now: @Sendable () -> UTCTime
    private let claim: any SignerClaim
    let journalName: String

    var replica: Replica<GovernanceState>
    /// What is open in the roster in office, and behind it for one epoch the REVOKEs and FREEZEs of the one before (rule G8).
    var pools: [ProposalPool]
    var decisions: [Digest256]
    /// Proofs that are not ordered yet, by culprit.
    var evidence: [DID: BlockItem] = [:]
    /// Freezes known by their certificates alone (rule G5).
    var seenFreezes: [[UInt8]: SeenFreeze] = [:]
    /// Blocks of the open slot that must survive a restart.
    var keptBlocks: [Block] = []
    var timers: [(due: Int64, timer: ReplicaTimer)] = []
    /// The last positions of the store that were looked at, by kind.
    var scanned: [String: UInt64] = [:]
    var nextInventory: Int64 = 0
    var nextPeer = 0
    var refusals: [String: Int] = [:]
    /// Records of others that are not in the store yet.
    var unwritten: [VerifiedRecord] = []
    /// Signatures that are checked for each peer in a second.
    var checks = Budget<DID>(1000, each: 1000)
    /// The latest word of each member on the latest decision (rule G6).
    var beats: [DID: Beat] = [:]
    let beatKey: SigningKey<Purpose.Consensus>
    var lastBeat = UTCTime(milliseconds: 0)
    var lastBeatsKept = UTCTime(milliseconds: 0)
    /// Bytes of answers to each peer in a second.
    var answers = Budget<DID>(8 << 20, each: 1000)
    /// Bytes of records that each member may leave in this store in an hour: they stay for ever.
    var intake = Budget<DID>(8 << 20, each: 3_600_000)
    /// Kinds of refusals that were put on record in an hour, by sender.
    private var recordedRefusals = Budget<String>(1, each: 3_600_000)
    /// The first write that failed; nothing is taken or said after it.
    private var failure: (any Error)?

    /// Opens the node on what its home holds.
    ///
    /// - Throws: `store.busy` when another process runs this home's node, and what is wrong with stored decisions.
    public init(
        genesis: Genesis, me: DID, consensus key: SigningKey<Purpose.Consensus>, files: any FederationFiles,
        store: any RecordStore & RecordIndex, network: any PeerNetwork, timing: ReplicaTiming = ReplicaTiming(),
        now: @escaping @Sendable () -> UTCTime
    ) throws {
        claim = try files.claimSigner()
        self.genesis = genesis
        self.me = me
        self.files = files
        self.store = FederationStore(store)
        self.network = network
        self.now = now
        beatKey = key
        journalName = "consensus-\(genesis.federation.text.prefix(32))-\(Hex.encode(me.bytes).prefix(32))"
        let history = try self.store.history(of: genesis)
        decisions = history.decisions
        for certificate in try self.store.freezeCertificates(in: history.committees)
        where !history.head.state.isLifted(certificate.proposal.id) {
            seenFreezes[certificate.proposal.id] = SeenFreeze(certificate)
        }
        let journal = try SignerJournal.read(files, journalName)
        // Before anything is sent again.
        if journal != nil { try SignerJournal.mark(files) }
        replica = Replica(
            me, head: history.head, journal: journal?.entry, blocks: journal?.blocks ?? [],
            hasSigned: try files.read(.journalBegun) != nil, authority: ConsensusSigner(me, key), timing: timing)
        pools = Self.pools(of: history.head.state)
        // A block that cannot be read makes the journal a damaged one, which is never taken for none.
        keptBlocks = try (journal?.blocks ?? []).map { try Block(decoding: $0) }
    }

    // MARK: what others want to know

    public var head: Head<GovernanceState> { replica.head }
    /// Whether this node signs nothing because its journal is gone (rule G7).
    public var isRecovering: Bool { replica.isRecovering }
    /// How often each code was the reason to refuse something from a peer.
    public var refusalCounts: [String: Int] { refusals }

    /// Whether `subject` may act, as far as this node knows: its own state and the freezes that it saw.
    public func isAuthorized(_ subject: Subject, in scope: Scope, room: Room? = nil) -> AuthorizationAnswer {
        replica.head.state.isAuthorized(subject, in: scope, at: now(), room: room, seen: seenFreezes.values.map(\.freeze))
    }

    /// Proposals that may still be decided.
    public var openProposals: Int { pools.reduce(0) { $0 + $1.proposals.count } }

    /// Longest message between nodes in bytes.
    public static var maximumMessageBytes: Int { PeerMessage.maximumBytes }

    /// As ``isAuthorized(_:in:room:)``, with the slot whose state said so.
    public func answer(_ subject: Subject, in scope: Scope, room: Room? = nil) -> (slot: Int64, AuthorizationAnswer) {
        (replica.head.slot, isAuthorized(subject, in: scope, room: room))
    }

    // MARK: inputs

    /// Takes a message that `sender` sent, whoever that is: the transport vouches for it.
    public func receive(_ bytes: [UInt8], from sender: DID) {
        guard failure == nil else { return }
        do {
            guard replica.head.members[sender] != nil else {
                throw GovernanceError(.notAMember, "`\(sender)` is no member")
            }
            switch try PeerMessage(decoding: bytes) {
            case .consensus(let message):
                try requireChecks(replica.cost(of: message), for: sender)
                try carryOut(replica.receive(message, from: sender, at: now()))
            case .record(let record) where record.type == Beat.type: try takeBeat(record, from: sender)
            case .record(let record):
                guard try isNews(record) else { return }
                try requireChecks(1 + SignatureBound.count(in: bytes.count), for: sender)
                try take(record, isOwn: false)
                try order()
            case .document(let document, let kind, _):
                guard try isNews(document, kind) else { return }
                try requireChecks(1 + SignatureBound.count(in: bytes.count), for: sender)
                try take(document, kind: kind, bytes: bytes)
                try order()
            case .inventory(let inventory): try answer(inventory, to: sender)
            }
        } catch {
            refuse(error, from: sender.text)
        }
    }

    /// Lets a peer have `count` signatures checked while something is left of what it has in a second.
    func requireChecks(_ count: Int, for peer: DID) throws {
        guard count == 0 || checks.spend(count, for: peer, at: now()) else {
            throw GovernanceError(.peerBudget, "`\(peer)` has more signatures checked than a node grants in a second")
        }
    }

    /// Does what is due: fires timers, finds what other processes of this home signed, opens a slot when there is
    /// something to decide, and tells a peer what this node has. To be called every few tens of milliseconds.
    ///
    /// - Throws: what kept this node from writing, also while a message was taken. It does nothing more then.
    public func tick() throws {
        try requireWorking()
        let time = now()
        let due = timers.filter { $0.due <= time.milliseconds }
        timers.removeAll { $0.due <= time.milliseconds }
        for entry in due { try carryOut(replica.timeout(entry.timer, at: time)) }
        try writeRecords()
        try scan()
        for index in pools.indices {
            pools[index].forget { $0.terms.expires <= time || replica.head.state.isTerminal($0.id) }
            pools[index].forgetEarly(at: time)
        }
        try order()
        try tellInventory(time)
        try beat(at: time)
        try requireWorking()
    }

    /// - Throws: the first write that failed.
    func requireWorking() throws {
        if let failure { throw failure }
    }

    /// Writes what others will rely on. Who could not write must not go on as if he had: a vote that is in memory alone
    /// would be sent again later, and be forgotten at the next start.
    func durably(_ write: () throws -> Void) throws {
        do {
            try write()
        } catch {
            failure = failure ?? error
            throw error
        }
    }

    /// Counts a refusal, and keeps a record of the first of each kind and sender in an hour: whoever sends nonsense fills no
    /// disk with it.
    func refuse(_ error: any Error, from sender: String) {
        let code = (error as? any CodedError)?.code ?? "node.rejected"
        refusals[code, default: 0] += 1
        guard recordedRefusals.spend(1, for: "\(sender) \(code)", at: now()) else { return }
        // The refusal itself matters more than that it could be written down.
        if let record = try? StoreStatement.refusal(of: "what \(sender) sent", error, at: now()).record() {
            try? store.keep(record)
        }
    }
}

extension GovernanceError.Reason {
    /// A peer had as many signatures checked as a node grants it; what it sends is dropped until the second is over.
    public static let peerBudget = Self(rawValue: "governance.peer_budget")
}
