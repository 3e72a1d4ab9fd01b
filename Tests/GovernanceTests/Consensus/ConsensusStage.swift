import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Foundation

/// Four members of one weight with real keys, and blocks that are only names. In slot 4 member n proposes in round n.
enum ConsensusStage {
    static let slot: Int64 = 4
    static let X = digest("X")
    static let Y = digest("Y")

    private static let signers: [(did: DID, key: SigningKey<Purpose.Consensus>)] = {
        let made = (1...5).compactMap { number -> (did: DID, key: SigningKey<Purpose.Consensus>)? in
            var seed = Digest.sha3_256([UInt8(number)])
            guard let key = try? SigningKey<Purpose.Consensus>(.mlDSA65, seed: SecretBytes(erasing: &seed)),
                let did = try? DID(DID.prefix + Hex.encode(Digest.sha3_256([UInt8(number), 1])))
            else { return nil }
            return (did, key)
        }
        return made.prefix(4).sorted { $0.did.bytes.lexicographicallyPrecedes($1.did.bytes) } + made.suffix(1)
    }()

    static func digest(_ text: String) -> Digest256 { Digest256.sha256(prefix: 0, Array(text.utf8)) }
    /// Member 4 is a stranger.
    static func did(_ member: Int) -> DID { signers[member].did }
    static func key(_ member: Int) -> SigningKey<Purpose.Consensus> { signers[member].key }
    static func authority(_ member: Int) -> ConsensusSigner { ConsensusSigner(did(member), key(member)) }

    static func members(epoch: Int64 = 0, weights: [Int64] = [1, 1, 1, 1]) throws -> ConsensusMembers {
        try ConsensusMembers(
            federation: digest("federation"), epoch: epoch, committee: digest("committee \(epoch)"),
            weights.enumerated().filter { $0.element > 0 }.map {
                .init(did($0.offset), weight: $0.element, key: key($0.offset).publicKey)
            })
    }

    static func vote(
        _ member: Int, _ phase: ConsensusPhase, _ round: Int64, _ value: Digest256?, slot: Int64 = slot, epoch: Int64 = 0
    ) throws -> Attested<ConsensusVote> {
        let place = try members(epoch: epoch).place(slot: slot, round: round)
        return try authority(member).sign(ConsensusVote(place: place, phase: phase, value: value, voter: did(member)))
    }

    static func name(_ value: Digest256?) -> String { value.map { $0 == X ? "X" : $0 == Y ? "Y" : "?" } ?? "nil" }
}

/// A machine whose steps read as lines of text.
struct ConsensusScript {
    var machine: ConsensusMachine
    let me: Int
    private(set) var journal: JournalEntry?
    private(set) var sent: [[UInt8]] = []
    private(set) var certificate: CommitCertificate?
    private(set) var equivocation: ConsensusEquivocation?

    init(_ me: Int, journal: JournalEntry? = nil) throws {
        self.me = me
        machine = try ConsensusMachine(
            members: ConsensusStage.members(), slot: ConsensusStage.slot, me: ConsensusStage.did(me),
            authority: ConsensusStage.authority(me), journal: journal)
    }

    mutating func start() -> [String] { read(machine.start()) }

    mutating func hear(
        _ members: [Int], _ phase: ConsensusPhase, _ round: Int64, _ value: Digest256?
    ) throws -> [String] {
        try members.flatMap { read(machine.receive(try ConsensusStage.vote($0, phase, round, value))) }
    }

    /// The proposer of `round` proposes; `proof` prevoted in the valid round.
    mutating func hear(
        proposal value: Digest256, _ round: Int64, valid: Int64? = nil, proof: [Int] = [], isValid: Bool = true,
        isTimely: Bool = true
    ) throws -> [String] {
        let place = try ConsensusStage.members().place(slot: ConsensusStage.slot, round: round)
        let proposer = Int(round % 4)
        let proposal = ConsensusProposal(place: place, validRound: valid, value: value, proposer: ConsensusStage.did(proposer))
        let votes = try proof.map { try ConsensusStage.vote($0, .prevote, valid ?? 0, value) }
        return read(
            machine.receive(
                try ConsensusStage.authority(proposer).sign(proposal), proof: votes,
                verdict: .init(isValid: isValid, isTimely: isTimely)))
    }

    mutating func propose(_ value: Digest256, _ round: Int64) -> [String] { read(machine.propose(value, round: round)) }

    mutating func timeout(_ timeout: ConsensusMachine.Timeout, _ round: Int64) -> [String] {
        read(machine.timeout(timeout, round: round))
    }

    private mutating func read(_ effects: [ConsensusMachine.Effect]) -> [String] {
        effects.map { effect in
            let name = ConsensusStage.name
            switch effect {
            case .persist(let entry):
                journal = entry
                let locked = entry.locked.map { " locked \(name($0.value))@\($0.round)" } ?? ""
                return "persist \(entry.round) \(entry.step.rawValue)\(locked)"
            case .sendVote(let vote):
                sent.append(vote.bytes)
                return "\(vote.statement.phase.rawValue) \(vote.statement.place.round) \(name(vote.statement.value))"
            case .sendProposal(let proposal, let proof):
                sent.append(proposal.bytes)
                let valid = proposal.statement.validRound.map { " valid \($0) by \(proof.count)" } ?? ""
                return "propose \(proposal.statement.place.round) \(name(proposal.statement.value))\(valid)"
            case .schedule(let timeout, let round): return "wait \(timeout.rawValue) \(round)"
            case .needBlock(let round): return "need block \(round)"
            case .decided(let certificate):
                self.certificate = certificate
                return "decided \(name(certificate.block)) in \(certificate.place.round) by \(certificate.votes.count)"
            case .equivocation(let proof):
                equivocation = proof
                return "equivocation"
            case .cannotSign(let error): return "cannot sign \(error.code)"
            }
        }
    }
}
