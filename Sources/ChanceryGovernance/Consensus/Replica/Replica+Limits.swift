internal import ChanceryLedger

/// What a peer may cost before anything it says was verified.
extension Replica {
    /// Messages of later slots that are kept for each sender, and their bytes.
    static var buffered: Int { 32 }
    static var bufferedBytes: Int { ConsensusMessage.maximumBytes }

    /// Whether one more message of a later slot is kept for `sender`.
    func hasRoom(for message: ConsensusMessage, from sender: DID) -> Bool {
        guard head.members[sender] != nil else { return false }
        var (count, bytes) = (1, message.byteCount)
        for kept in later where kept.from == sender {
            count += 1
            bytes += kept.message.byteCount
        }
        return count <= Self.buffered && bytes <= Self.bufferedBytes
    }

    /// Messages of later slots that are kept, and their bytes.
    package var kept: (messages: Int, bytes: Int) { (later.count, later.reduce(0) { $0 + $1.message.byteCount }) }

    /// How many signatures are checked at most when `message` is taken; 0 for what is known or out of date. Costs little.
    public func cost(of message: ConsensusMessage) -> Int {
        guard message.slot >= slot else { return 0 }
        let isNow = message.slot == slot
        switch message {
        case .vote(let vote): return isNow && machine.knows(vote.statement) ? 0 : 1
        case .proposal(let proposal, let block, let proof):
            if isNow, !machine.wants(proposal.statement) { return 0 }
            let items = blocks[proposal.statement.value] == nil ? SignatureBound.count(in: block.count) : 0
            return 1 + proof.count + items
        case .decision(let decision):
            let items = blocks[decision.id] == nil ? SignatureBound.count(in: decision.block.bytes.count) : 0
            return decision.certificate.votes.count + items
        case .request: return 0
        }
    }
}

extension ConsensusMessage {
    /// How many bytes of records and blocks it holds.
    var byteCount: Int {
        switch self {
        case .vote(let vote): vote.bytes.count
        case .proposal(let proposal, let block, let proof):
            proof.reduce(proposal.bytes.count + block.count) { $0 + $1.bytes.count }
        case .decision(let decision):
            decision.certificate.votes.reduce(decision.block.bytes.count) { $0 + $1.bytes.count }
        case .request: 0
        }
    }
}

/// How many signatures so many bytes of JSON can hold, so that what a message costs is known before it is looked into.
public enum SignatureBound {
    /// Characters of the shortest signature that is not classical alone, rounded down.
    private static let shortest = 4096

    public static func count(in bytes: Int) -> Int { bytes / shortest }
}
