public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// What a federation has decided so far: a value that each decision turns into the next one, the same on every node.
///
/// It is a pure function of genesis and the blocks (rule G2). ``root`` commits to all of it and ``proof(of:)`` shows single
/// entries to strangers.
public struct GovernanceState: Sendable, Equatable {
    /// Who decides the next slot.
    public internal(set) var committee: Committee
    /// The slot of the latest block; 0 at genesis.
    public internal(set) var slot: Int64 = 0
    /// The time of the latest block.
    public internal(set) var time: UTCTime
    /// The id of the decision before the latest block; the federation at genesis.
    public internal(set) var parent: [UInt8]

    var map = MerkleMap()
    var subjects: [Subject: SubjectEntry] = [:]
    // By who received them, ascending by proposal.
    var delegations: [DID: [Delegation]] = [:]
    /// Ordered and not lifted, in their order.
    public internal(set) var freezes: [Freeze] = []
    var lifted: Set<[UInt8]> = []
    var terminals: [[UInt8]: UTCTime] = [:]
    var exclusions: [DID: Exclusion] = [:]
    var histories: [DID: [KeyPeriod]] = [:]
    var programs: [[UInt8]: ActiveProgram] = [:]
    /// What the gate follows; nil before the first decision about it.
    public internal(set) var policy: ActivePolicy?
    /// The committee before the last change of the roster, for one epoch (rule G8).
    public internal(set) var previousCommittee: Committee?
    public var previousRoster: [UInt8]? { previousCommittee?.rosterHash }
    // The latest block changed the committee: it holds nothing more.
    var isRosterChanged = false

    /// The state at genesis.
    public init(_ genesis: Genesis) { self.init(genesis.committee, at: genesis.time) }

    package init(_ committee: Committee, at time: UTCTime) {
        self.committee = committee
        self.time = time
        parent = committee.federation.bytes
        for member in committee.members { beginKeys(member) }
    }

    /// Goes on to the next block, whose items are applied next. What has expired is forgotten here.
    ///
    /// - Throws: `governance.slot_invalid` unless slot and time follow.
    public mutating func begin(slot: Int64, at time: UTCTime, after parent: [UInt8]) throws(GovernanceError) {
        guard slot == self.slot + 1, time > self.time, parent.count == 32 else {
            throw GovernanceError(
                .slotInvalid, "slot \(slot) at \(time.text) does not follow slot \(self.slot) at \(self.time.text)")
        }
        self.slot = slot
        self.time = time
        self.parent = parent
        isRosterChanged = false
        for (id, expires) in terminals where expires <= time {
            terminals[id] = nil
            put(.terminal(id), nil)
        }
    }

    /// What is known of a model or agent; nil when nothing was ever said about it.
    public func entry(of subject: Subject) -> SubjectEntry? { subjects[subject] }

    /// All that `agent` received, ascending by proposal; whether it still counts is for ``isAuthorized(_:in:at:room:seen:)``.
    public func delegations(to agent: DID) -> [Delegation] { delegations[agent] ?? [] }

    /// A program that may run; nil when it was never activated.
    public func program(_ hash: [UInt8]) -> ActiveProgram? { programs[hash] }

    /// The keys that `member` has and had, oldest first.
    public func keyHistory(of member: DID) -> [KeyPeriod] { histories[member] ?? [] }

    /// Whether a proposal was decided. After its expiry this is forgotten: it could not be decided again.
    public func isTerminal(_ proposal: [UInt8]) -> Bool { terminals[proposal] != nil }

    /// Whether an UNFREEZE named the freeze of `proposal`.
    public func isLifted(_ proposal: [UInt8]) -> Bool { lifted.contains(proposal) }

    // MARK: commitments

    /// What the state root commits to.
    public var root: StateRoot { StateRoot(committee, slot: slot, time: time, parent: parent, map: map.head) }

    /// The state root: equal on all nodes after the same block. Costs a hash or two for each entry.
    public var stateRoot: [UInt8] {
        do {
            return try root.hash
        } catch {
            preconditionFailure("a state counts within 53 bits: \(error)")
        }
    }

    /// Shows what this state has under `key`, or that it has nothing.
    public func proof(of key: StateKey) throws(WireError) -> StateProof {
        let place = try MapKey(table: key.table, key.key)
        var value: JSONValue?
        if let bytes = map[place] { value = try JSONParser.parse(bytes, limits: .init(bytes: .max, depth: 16)) }
        return StateProof(key, value: value, root: root, path: map.proof(of: place))
    }

    mutating func put(_ key: StateKey, _ value: JSONValue?) {
        do {
            map[try MapKey(table: key.table, key.key)] = try value.map { try CanonicalForm.jcs.encode($0) }
        } catch {
            preconditionFailure("a state counts within 53 bits: \(error)")
        }
    }
}

extension GovernanceError.Reason {
    /// A block that does not follow the one before.
    public static let slotInvalid = Self(rawValue: "governance.slot_invalid")
}
