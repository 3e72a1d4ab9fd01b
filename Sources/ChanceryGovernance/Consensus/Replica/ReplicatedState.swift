public import ChancerySuite
public import ChanceryWire

extension GovernanceError.Reason {
    /// A block that does not follow from the head or whose items do not apply.
    public static let blockInvalid = Self(rawValue: "governance.block_invalid")
}

/// What the decision log is about. A pure function of the state before and the block (rule G2): no clock, no randomness,
/// nothing that another node could see differently.
public protocol ReplicatedState: Sendable {
    /// The state after `items` in the block `context`.
    ///
    /// - Throws: any error when an item does not apply; the block is invalid then, for every node.
    func applying(_ items: [JSONValue], in context: Block.Context) throws(GovernanceError) -> Transition<Self>
}

/// What a block did.
public struct Transition<State: ReplicatedState>: Sendable {
    public let state: State
    public let root: Digest256
    /// The members from the next slot on, when the block changed them: the next epoch.
    public let members: ConsensusMembers?

    public init(state: State, root: Digest256, members: ConsensusMembers?) {
        self.state = state
        self.root = root
        self.members = members
    }
}

/// Where the decision log stands.
public struct Head<State: ReplicatedState>: Sendable {
    /// The last slot that was decided; 0 at genesis.
    public let slot: Int64
    /// The id of its decision; at genesis the federation.
    public let id: Digest256
    public let time: UTCTime
    public let root: Digest256
    public let state: State
    /// Who decides the next slot.
    public let members: ConsensusMembers

    public init(slot: Int64, id: Digest256, time: UTCTime, root: Digest256, state: State, members: ConsensusMembers) {
        self.slot = slot
        self.id = id
        self.time = time
        self.root = root
        self.state = state
        self.members = members
    }

    /// The head after `block`, if the block is valid after this head.
    ///
    /// - Throws: `governance.block_invalid`.
    public func following(_ block: Block) throws(GovernanceError) -> Head {
        let context = block.context
        guard context.federation == members.federation, context.slot == slot + 1, context.parent == id,
            context.epoch == members.epoch, context.committee == members.committee
        else { throw GovernanceError(.blockInvalid, "the block does not follow decision \(slot) in this epoch") }
        guard context.time > time else {
            throw GovernanceError(.blockInvalid, "the time of a block lies after the one before")
        }
        guard members[context.proposer] != nil else {
            throw GovernanceError(.blockInvalid, "`\(context.proposer)` is no member")
        }
        let next = try transition(block.items, context)
        guard next.root == block.stateRoot else {
            throw GovernanceError(.blockInvalid, "the state root is not what the items come to")
        }
        return Head(
            slot: context.slot, id: block.id, time: context.time, root: next.root, state: next.state,
            members: next.members ?? members)
    }

    /// A block of `items` after this head.
    ///
    /// - Throws: `governance.block_invalid` when an item does not apply.
    public func block(of items: [JSONValue], by proposer: ConsensusMembers.Member, at time: UTCTime) throws(GovernanceError)
        -> Block
    {
        let context = Block.Context(
            federation: members.federation, slot: slot + 1, parent: id, epoch: members.epoch, committee: members.committee,
            time: max(time, UTCTime(milliseconds: self.time.milliseconds + 1)), proposer: proposer.did)
        return try Block(context, stateRoot: transition(items, context).root, items: items)
    }

    private func transition(_ items: [JSONValue], _ context: Block.Context) throws(GovernanceError) -> Transition<State> {
        let next: Transition<State>
        do throws(GovernanceError) {
            next = try state.applying(items, in: context)
        } catch {
            throw GovernanceError(.blockInvalid, "\(error)")
        }
        if let members = next.members {
            guard members.epoch == self.members.epoch + 1, members.federation == self.members.federation else {
                throw GovernanceError(.blockInvalid, "an epoch is followed by the next one of its federation")
            }
        }
        return next
    }
}
