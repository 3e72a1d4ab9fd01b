internal import ChanceryArithmetic
internal import ChancerySuite

/// One custodian's side of agreeing on the shared keys of an epoch: contributions are committed to, exchanged, and the
/// resulting keys compared, so nobody can choose a key or give two members of a set different ones.
///
/// All custodians must take part, over channels that are authenticated and encrypted. Pure: the caller carries the steps out.
/// Nothing needs to be durable before ``finished``; a crash before that means to agree anew under another epoch.
public struct KeyAgreement: ~Copyable {
    private static let commitmentLabel = "chancery/threshold/key-commitment/v1"
    private static let keyLabel = "chancery/threshold/key/v1"
    private static let confirmationLabel = "chancery/threshold/key-confirmation/v1"

    private enum Phase { case ready, committing, contributing, confirming, over }

    private let committee: Committee
    private let party: Int
    private let subsets: [Subset]
    private var contributions: [[UInt8]]
    private var commitments: [Int: [UInt8]] = [:]
    private var keys: [[UInt8]] = []
    private var exchange: Exchange
    private var phase = Phase.ready

    /// - Parameter contributions: fresh bytes of the system's generator, as many as ``contributionBytes(_:party:)`` says.
    /// - Throws: `threshold.invalid_committee` for a party outside the committee or another number of bytes.
    public init(
        _ committee: Committee, party: Int, session: SessionID, contributions: [UInt8]
    ) throws(ThresholdError) {
        guard committee.members.contains(party), contributions.count == Self.contributionBytes(committee, party: party) else {
            throw ThresholdError(.invalidCommittee, "custodian \(party) contributes another number of bytes")
        }
        self.committee = committee
        self.party = party
        subsets = (committee.maskSubsets + committee.zeroSubsets).filter { $0.contains(party) }
        self.contributions = stride(from: 0, to: contributions.count, by: 32).map { Array(contributions[$0..<$0 + 32]) }
        exchange = Exchange(session, party: party, parties: Array(committee.members))
    }

    public static func contributionBytes(_ committee: Committee, party: Int) -> Int {
        PartyKeys.byteCount(committee, party: party)
    }

    public mutating func start() -> [SessionStep] {
        guard phase == .ready else { return [] }
        phase = .committing
        let all = zip(subsets, contributions).flatMap { commitment(party, $0, $1) }
        commitments[party] = all
        let committee = committee
        return carry(
            exchange.begin(
                .keyCommitment, own: all, size: { PartyKeys.byteCount(committee, party: $0) }, payload: { _ in all }))
    }

    public mutating func receive(_ bytes: [UInt8], from sender: Int) -> [SessionStep] {
        guard phase != .over else { return [.ignored(ThresholdError(.sessionOver, "the agreement is over"))] }
        do {
            let frame = try Frame(bytes)
            switch exchange.receive(frame, from: sender) {
            case .waiting: return []
            case .ignored(let error): return [.ignored(error)]
            case .fault(_, let error): return fail(error)
            case .complete: return advance()
            }
        } catch {
            return fail(ThresholdError(error.reason, error.detail, parties: [sender], message: error.message))
        }
    }

    /// Ends the agreement and names who was not heard from.
    public mutating func timeOut() -> [SessionStep] {
        guard phase != .over else { return [] }
        return fail(
            ThresholdError(.silentParty, "not every custodian answered in time", parties: exchange.missing))
    }

    /// The keys, once.
    public consuming func finished() throws(ThresholdError) -> PartyKeys {
        guard phase == .over, keys.count == subsets.count else {
            throw ThresholdError(.sessionOver, "the custodians have not agreed on keys")
        }
        var all = keys.flatMap { $0 }
        return try PartyKeys(committee, party: party, keys: SecretBytes(erasing: &all))
    }

    private func common(with other: Int) -> [Int] { subsets.indices.filter { subsets[$0].contains(other) } }

    private func commitment(_ owner: Int, _ subset: Subset, _ contribution: [UInt8]) -> [UInt8] {
        Digest.sha3_256(
            Array(Self.commitmentLabel.utf8) + [0] + exchange.session.bytes
                + [UInt8(owner), UInt8(subset.mask >> 8), UInt8(subset.mask & 255)] + contribution)
    }

    private func confirmation(_ index: Int) -> [UInt8] {
        Digest.sha3_256(Array(Self.confirmationLabel.utf8) + [0] + exchange.session.bytes + keys[index])
    }

    private mutating func carry(_ begun: (frames: [SessionStep], faults: [(Int, ThresholdError)])) -> [SessionStep] {
        if let fault = begun.faults.first { return begun.frames + fail(fault.1) }
        return begun.frames + (exchange.isComplete ? advance() : [])
    }

    private mutating func advance() -> [SessionStep] {
        let all = exchange.finish()
        switch phase {
        case .committing:
            commitments = all
            phase = .contributing
            let given = contributions
            let shared = Dictionary(uniqueKeysWithValues: committee.members.map { ($0, common(with: $0)) })
            return carry(
                exchange.begin(
                    .keyContribution, own: [], size: { (shared[$0]?.count ?? 0) * 32 },
                    payload: { other in (shared[other] ?? []).flatMap { given[$0] } }))
        case .contributing: return makeKeys(all)
        case .confirming: return compare(all)
        case .ready, .over: return []
        }
    }

    private mutating func makeKeys(_ all: [Int: [UInt8]]) -> [SessionStep] {
        var given = [[Int: [UInt8]]](repeating: [:], count: subsets.count)
        for other in committee.members where other != party {
            let theirs = (committee.maskSubsets + committee.zeroSubsets).filter { $0.contains(other) }
            for (place, index) in common(with: other).enumerated() {
                let contribution = Array(all[other]![place * 32..<place * 32 + 32])
                // Everybody's subsets are in one order, and both are in this one.
                let committed = theirs.firstIndex(of: subsets[index]) ?? 0
                guard
                    commitments[other]![committed * 32..<committed * 32 + 32].elementsEqual(
                        commitment(other, subsets[index], contribution))
                else {
                    return fail(
                        ThresholdError(
                            .brokenCommitment, "a contribution is not the one that was committed to", parties: [other],
                            message: .keyContribution))
                }
                given[index][other] = contribution
            }
        }
        for index in subsets.indices {
            given[index][party] = contributions[index]
            let input = subsets[index].members.flatMap { given[index][$0] ?? [] }
            keys.append(
                Digest.sha3_256(
                    Array(Self.keyLabel.utf8) + [0] + exchange.session.bytes
                        + [UInt8(subsets[index].mask >> 8), UInt8(subsets[index].mask & 255)] + input))
        }
        phase = .confirming
        let confirmations = subsets.indices.map { confirmation($0) }
        let shared = Dictionary(uniqueKeysWithValues: committee.members.map { ($0, common(with: $0)) })
        return carry(
            exchange.begin(
                .keyConfirmation, own: [], size: { (shared[$0]?.count ?? 0) * 32 },
                payload: { other in (shared[other] ?? []).flatMap { confirmations[$0] } }))
    }

    private mutating func compare(_ all: [Int: [UInt8]]) -> [SessionStep] {
        for other in committee.members where other != party {
            guard common(with: other).flatMap({ confirmation($0) }) == all[other] else {
                return fail(
                    ThresholdError(
                        .keysDiffer, "custodians \(party) and \(other) have different keys for one set",
                        message: .keyConfirmation))
            }
        }
        phase = .over
        eraseContributions()
        return [.finished]
    }

    private mutating func fail(_ error: ThresholdError) -> [SessionStep] {
        phase = .over
        for index in keys.indices { SecretBytes.erase(&keys[index]) }
        eraseContributions()
        return [.failed(error)]
    }

    private mutating func eraseContributions() {
        for index in contributions.indices { SecretBytes.erase(&contributions[index]) }
    }
}
