public import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

extension GovernanceState {
    /// Members whose contradiction was ordered and who still have the key that contradicted itself: they have no weight in
    /// certificates (rule G3).
    public var excluded: Set<DID> { excluded(in: committee) }

    /// The same for an earlier committee, by the keys that its members had.
    public func excluded(in committee: Committee) -> Set<DID> {
        Set(exclusions.keys.filter { isExcluded($0, in: committee) })
    }

    public func isExcluded(_ member: DID) -> Bool { isExcluded(member, in: committee) }

    private func isExcluded(_ member: DID, in committee: Committee) -> Bool {
        guard let exclusion = exclusions[member], let keys = committee[member]?.keys else { return false }
        return exclusion.ids.contains(keys.ballot.id) || exclusion.ids.contains(keys.consensus.id)
    }

    /// Excludes a member whose contradiction was verified and is ordered in this block. `evidence` is the hash of the proof.
    ///
    /// - Throws: `governance.precondition_failed` for somebody who is no member or is excluded already.
    public mutating func exclude(_ member: DID, evidence: [UInt8]) throws(GovernanceError) {
        guard let keys = committee[member]?.keys, !isExcluded(member), evidence.count == 32 else {
            throw GovernanceError(.preconditionFailed, "`\(member)` is no member that could be excluded")
        }
        let exclusion = Exclusion(ids: [keys.ballot.id, keys.consensus.id], evidence: evidence, slot: slot)
        exclusions[member] = exclusion
        put(.excluded(member), exclusion.json)
    }

    /// The committee after a change of members, checked and not yet in office.
    func successor(_ parameters: ProposalParameters) throws(GovernanceError) -> Committee? {
        var members = committee.members
        switch parameters {
        case .addNode(let enrolment, let weight):
            guard committee[enrolment.did] == nil else {
                throw GovernanceError(.preconditionFailed, "`\(enrolment.did)` is a member already")
            }
            try requireFresh(enrolment.keys.ids)
            members.append(enrolment.member(weight: weight))
        case .removeNode(let did):
            guard committee[did] != nil else { throw GovernanceError(.preconditionFailed, "`\(did)` is no member") }
            members.removeAll { $0.did == did }
        case .rotateKey(let enrolment):
            guard let index = members.firstIndex(where: { $0.did == enrolment.did }) else {
                throw GovernanceError(.preconditionFailed, "`\(enrolment.did)` is no member")
            }
            let new = zip(enrolment.keys.ids, members[index].keys.ids).filter { $0 != $1 }.map(\.0)
            guard !new.isEmpty else { throw GovernanceError(.preconditionFailed, "the member has these keys already") }
            try requireFresh(new)
            members[index] = enrolment.member(weight: members[index].weight)
        default: return nil
        }
        do {
            return try committee.succeeded(by: members)
        } catch let error as GovernanceError {
            throw error
        } catch {
            throw GovernanceError(.committeeInvalid, "\(error)")
        }
    }

    /// A key stands for one member and one time in office: neither another's nor a retired one comes back.
    private func requireFresh(_ ids: [[UInt8]]) throws(GovernanceError) {
        let known = Set(histories.values.joined().flatMap(\.ids))
        guard known.isDisjoint(with: ids) else {
            throw GovernanceError(.preconditionFailed, "one of the keys is or was in use in this federation")
        }
    }

    /// Puts `next` into office for the slots to come.
    mutating func install(_ next: Committee) {
        previousCommittee = next.rosterHash == committee.rosterHash ? nil : committee
        put(.previousRoster, previousRoster.map { ["roster": .string(Hex.encode($0))] })
        let old = committee
        committee = next
        isRosterChanged = true
        for member in old.members where next[member.did]?.keys != member.keys { endKeys(member.did) }
        for member in next.members where old[member.did]?.keys != member.keys { beginKeys(member) }
    }

    mutating func beginKeys(_ member: Member) {
        // The keys come into office with the slot after the block that brought them.
        histories[member.did, default: []].append(KeyPeriod(member.keys, epoch: committee.epoch, since: slot + 1))
        putHistory(member.did)
    }

    private mutating func endKeys(_ did: DID) {
        guard var periods = histories[did], let last = periods.indices.last else { return }
        periods[last].until = slot + 1
        histories[did] = periods
        putHistory(did)
    }

    private mutating func putHistory(_ did: DID) {
        put(.keyHistory(did), .array((histories[did] ?? []).map(\.json)))
    }
}
