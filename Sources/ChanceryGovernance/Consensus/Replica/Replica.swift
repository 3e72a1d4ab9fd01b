public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// A copy of the decision log: runs one ``ConsensusMachine`` after the other and applies what they decide.
///
/// A value like the machine: messages and times come in, effects go out, to be carried out in order. A slot opens when
/// there is something to decide (``wake(at:)``) or when a message of it arrives.
public struct Replica<State: ReplicatedState>: Sendable {
    /// Blocks of the current slot after which those that no longer matter are forgotten.
    static var blockLimit: Int { 64 }

    public internal(set) var head: Head<State>
    public internal(set) var machine: ConsensusMachine
    /// Whether this node lost the journal of what it signed. It follows and serves decisions and signs nothing (rule G7).
    public internal(set) var isRecovering: Bool
    let me: DID
    let authority: any ConsensusAuthority
    let timing: ReplicaTiming
    let rules: ConsensusRules
    var journal: JournalEntry?
    /// Valid blocks of the current slot and what they lead to.
    var blocks: [Digest256: (block: Block, next: Head<State>)] = [:]
    var later: [(from: DID, message: ConsensusMessage)] = []
    var isOpen = false
    /// Somebody who is in a later slot.
    var ahead: DID?
    var hasAsked = false
    /// Earlier epochs, kept only where the epoch rule is taken away.
    var earlier: [ConsensusMembers] = []

    /// - Parameters:
    ///   - head: what the durable decisions come to.
    ///   - journal: the last entry that was made durable; nil when there is none.
    ///   - blocks: the blocks that were kept and not decided.
    ///   - hasSigned: whether this node knows from elsewhere that it signed for this federation before. Without a journal
    ///     it then refuses to sign.
    public init(
        _ me: DID, head: Head<State>, journal: JournalEntry?, blocks: [[UInt8]] = [], hasSigned: Bool,
        authority: any ConsensusAuthority, timing: ReplicaTiming = ReplicaTiming()
    ) {
        self.init(
            me, head: head, journal: journal, blocks: blocks, hasSigned: hasSigned, authority: authority, timing: timing,
            rules: .all)
    }

    package init(
        _ me: DID, head: Head<State>, journal: JournalEntry?, blocks: [[UInt8]], hasSigned: Bool,
        authority: any ConsensusAuthority, timing: ReplicaTiming, rules: ConsensusRules, earlier: [ConsensusMembers] = []
    ) {
        self.me = me
        self.head = head
        self.journal = journal
        self.authority = authority
        self.timing = timing
        self.rules = rules
        self.earlier = earlier
        isRecovering = journal == nil && hasSigned && rules.contains(.persistence)
        machine = ConsensusMachine(observing: head.members, slot: head.slot + 1, authority: authority)
        enter()
        for bytes in blocks {
            guard let block = try? Block(decoding: bytes), let next = try? head.following(block) else { continue }
            self.blocks[block.id] = (block, next)
            machine.admit(block: block.id)
        }
    }

    /// The slot that is open or will be next.
    public var slot: Int64 { head.slot + 1 }

    /// Whether this member may say that nothing was decided above ``head``: it signs, and precommitted nothing there (rule G6).
    public var mayBeat: Bool { !isRecovering && machine.me != nil && !machine.hasPrecommitted }

    // MARK: inputs

    /// There is something to decide: opens the slot, or fills the turn of this member in one that others opened.
    public mutating func wake(at now: UTCTime) -> [ReplicaEffect] {
        let effects = isOpen ? carry(out: machine.remind()) : open()
        return effects + drain(at: now)
    }

    /// Proposes `items`, in answer to ``ReplicaEffect/needItems(slot:round:)``.
    public mutating func propose(_ items: [JSONValue], slot: Int64, round: Int64, at now: UTCTime) -> [ReplicaEffect] {
        guard slot == self.slot, round == machine.round, let member = head.members[me], machine.me != nil else { return [] }
        do throws(GovernanceError) {
            // Decoded again: what others could not read must not be proposed.
            let block = try Block(decoding: head.block(of: items, by: member, at: now).bytes)
            blocks[block.id] = (block, try head.following(block))
            let effects = carry(out: machine.propose(block.id, round: round))
            return [.keep(block)] + effects + drain(at: now)
        } catch {
            return [.refused(error)]
        }
    }

    public mutating func timeout(_ timer: ReplicaTimer, at now: UTCTime) -> [ReplicaEffect] {
        guard timer.slot == slot else { return [] }
        switch timer.kind {
        case .timeout(let timeout, let round):
            let effects = carry(out: machine.timeout(timeout, round: round))
            return effects + drain(at: now)
        case .resend:
            hasAsked = false
            var effects = carry(out: machine.resend())
            if machine.me == nil { effects.append(.broadcast(.request(slot: slot))) } else { effects += ask() }
            return effects + [.schedule(timer, after: timing.resend)]
        }
    }

    /// Takes what `sender`, whom the transport authenticated, sent. Place, membership and size are looked at before
    /// signatures.
    public mutating func receive(_ message: ConsensusMessage, from sender: DID, at now: UTCTime) -> [ReplicaEffect] {
        let effects = take(message, from: sender, at: now)
        return effects + drain(at: now)
    }

    private mutating func take(_ message: ConsensusMessage, from sender: DID, at now: UTCTime) -> [ReplicaEffect] {
        if case .request(let wanted) = message { return wanted < slot ? [.answer(slot: wanted, to: sender)] : [] }
        if message.slot < slot {
            guard case .vote = message else { return [] }
            return [.answer(slot: message.slot, to: sender)]
        }
        if message.slot > slot {
            ahead = sender
            if hasRoom(for: message, from: sender) { later.append((sender, message)) }
            let effects = open()
            return effects + ask()
        }
        do throws(GovernanceError) {
            switch message {
            case .vote(let vote): return try receive(vote)
            case .proposal(let proposal, let block, let proof): return try receive(proposal, block, proof, at: now)
            case .decision(let decision): return try adopt(decision)
            case .request: return []
            }
        } catch {
            return [.refused(error)]
        }
    }

    /// Takes messages that came before their slot did. A loop: a chain of decisions must not become a chain of calls.
    private mutating func drain(at now: UTCTime) -> [ReplicaEffect] {
        var effects: [ReplicaEffect] = []
        while let index = later.firstIndex(where: { $0.message.slot <= slot }) {
            let (sender, message) = later.remove(at: index)
            if message.slot == slot { effects += take(message, from: sender, at: now) }
        }
        return effects
    }

    mutating func open() -> [ReplicaEffect] {
        guard !isOpen else { return [] }
        isOpen = true
        let timer = ReplicaTimer(slot: slot, kind: .resend)
        let effects = carry(out: machine.start())
        return effects + [.schedule(timer, after: timing.resend)]
    }

    private mutating func ask() -> [ReplicaEffect] {
        guard let ahead, !hasAsked else { return [] }
        hasAsked = true
        return [.send(.request(slot: slot), to: ahead)]
    }
}
