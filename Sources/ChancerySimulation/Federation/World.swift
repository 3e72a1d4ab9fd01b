internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire
internal import Synchronization

/// Members with real keys, the same in every run of every process, and what their people signed.
///
/// Signing and verifying is what costs: each record is signed once for all seeds of a process and each item of a block is
/// verified once, whatever the number of nodes that see it.
final class World: Sendable {
    /// A member before and after its keys were rotated.
    struct Person: Sendable {
        let did: DID
        let keys: [MemberSigningKeys]
        let enrolments: [Enrolment]

        /// The key that `committee` lists; nil when this person is no member.
        func key(in committee: Committee) -> SigningKey<Purpose.Ballot>? {
            guard let listed = committee[did]?.keys.ballot else { return nil }
            return keys.lazy.map(\.ballot).first { $0.publicKey == listed }
        }
    }

    /// What was signed and read before; forgotten as a whole when there is too much of it.
    private struct Memory {
        var proposals: [[UInt8]: Proposal] = [:]
        var ballots: [[UInt8]: Ballot] = [:]
        var forgeries: [[UInt8]: UnverifiedRecord] = [:]
        var items: [[UInt8]: Result<BlockItem, GovernanceError>] = [:]
    }

    static let limit = 32_768
    static let shared = World()

    let people: [Person]
    let secrets: [DID: UInt64]
    private let memory = Mutex(Memory())

    private init() {
        // The keys come from numbers: a failure here is a defect of the simulator, never of what it simulates.
        guard let people = try? (1...7).map(Self.person) else { fatalError("a world has people") }
        self.people = people
        secrets = Dictionary(uniqueKeysWithValues: people.enumerated().map { ($1.did, SimulatedRandom.mix(UInt64($0) + 1)) })
    }

    private static func person(_ number: UInt8) throws -> Person {
        let time = UTCTime(milliseconds: Company.start - 86_400_000)
        let salt = [UInt8](repeating: number, count: 16)
        let identity = IdentityKeys(
            root: try key(number, 1), nextRoot: try key(number, 2), record: try key(number, 3),
            aiss: try key(number, 4, .hybrid), sealing: try DecapsulationKey(.xWing, seed: seed(number, 5, 32)))
        let document = try IdentityDocument.create(name: "n\(number)", keys: identity, at: time, salt: salt)
        let keys = try (0...1).map { (rotation: UInt8) in
            MemberSigningKeys(
                ballot: try key(number, 10 + rotation), consensus: try key(number, 20 + rotation),
                http: try key(number, 30 + rotation))
        }
        let enrolments = try keys.map {
            try Enrolment.make([document], name: "n\(number)", keys: $0, by: identity.record, at: time, salt: salt)
        }
        return Person(did: document.did, keys: keys, enrolments: enrolments)
    }

    private static func key<Use: KeyPurpose>(
        _ number: UInt8, _ place: UInt8, _ suite: SignatureSuite = .mlDSA65
    ) throws -> SigningKey<Use> {
        try SigningKey(suite, seed: seed(number, place, suite.seedBytes))
    }

    private static func seed(_ number: UInt8, _ place: UInt8, _ count: Int) -> SecretBytes {
        var bytes = Array(Digest.sha512([number, place]).prefix(count))
        return SecretBytes(erasing: &bytes)
    }

    // MARK: what people sign

    /// The proposal with these terms, signed by their proposer.
    func proposal(_ terms: ProposalTerms, in committee: Committee, by person: Person) -> Proposal? {
        if let known = memory.withLock({ $0.proposals[terms.id] }) { return known }
        guard let key = person.key(in: committee), let made = try? Proposal.make(terms, in: committee, key: key) else {
            return nil
        }
        memory.withLock { memory in
            if memory.proposals.count >= Self.limit { memory.proposals = [:] }
            memory.proposals[terms.id] = made
        }
        return made
    }

    func ballot(_ choice: Choice, on proposal: [UInt8], in committee: Committee, by person: Person) -> Ballot? {
        guard let key = person.key(in: committee) else { return nil }
        let name = Digest.sha256(proposal + committee.rosterHash + key.publicKey.id + Array(choice.rawValue.utf8))
        if let known = memory.withLock({ $0.ballots[name] }) { return known }
        guard let cast = try? Ballot.cast(choice, on: proposal, as: person.did, in: committee, key: key) else { return nil }
        memory.withLock { memory in
            if memory.ballots.count >= Self.limit { memory.ballots = [:] }
            memory.ballots[name] = cast
        }
        return cast
    }

    /// A ballot in the name of `voter` that `forger` signed.
    func forgedBallot(of voter: DID, on proposal: [UInt8], in committee: Committee, by forger: Person) -> UnverifiedRecord? {
        let name = Digest.sha256(proposal + committee.rosterHash + voter.bytes + forger.did.bytes)
        if let known = memory.withLock({ $0.forgeries[name] }) { return known }
        let body: JSONObject = [
            "choice": "approve", "federation": .string(committee.federation.text),
            "proposal": .string(Hex.encode(proposal)), "roster": .string(Hex.encode(committee.rosterHash)),
            "voter": .string(voter.text),
        ]
        guard let record = try? VerifiedRecord.sign(body, type: Ballot.type, by: forger.keys[0].ballot) else { return nil }
        guard let forgery = try? UnverifiedRecord(decoding: record.bytes) else { return nil }
        memory.withLock { memory in
            if memory.forgeries.count >= Self.limit { memory.forgeries = [:] }
            memory.forgeries[name] = forgery
        }
        return forgery
    }

    // MARK: what nodes read

    /// An item of a block as shipped nodes verify it: every signature, roster, threshold.
    func read(_ value: JSONValue, after state: GovernanceState, isExcluding: Bool) throws -> BlockItem {
        // Statements of consensus carry symbolic signatures here.
        if value["type"]?.string == ConsensusEquivocation.type, let any = people.first {
            let authority = SymbolicAuthority(did: any.did, secrets: secrets)
            let proof = try ConsensusEquivocation(decoding: CanonicalForm.jcs.encode(value), by: authority)
            try proof.verify(against: ConsensusMembers(state.committee), by: authority)
            return .consensusEquivocation(proof)
        }
        // Everything that a certificate is held against (rules G3, G8).
        var name = try CanonicalForm.jcs.encode(value) + [isExcluding ? 1 : 0]
        for committee in [state.committee, state.previousCommittee].compactMap({ $0 }) {
            let excluded = state.excluded(in: committee).map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) }
            name += committee.hash + [UInt8(excluded.count)] + excluded.joined()
        }
        name = Digest.sha256(name)
        if let known = memory.withLock({ [name] in $0.items[name] }) { return try known.get() }
        let item: Result<BlockItem, GovernanceError>
        do {
            let isCertificate = value["type"]?.string == BallotCertificate.type
            item = .success(
                isExcluding || !isCertificate
                    ? try BlockItem(verifying: value, after: state)
                    : .certificate(try BallotCertificate(verifying: value, in: state.committee)))
        } catch {
            item = .failure(error as? GovernanceError ?? GovernanceError(.blockInvalid, "\(error)"))
        }
        memory.withLock { [name] memory in
            if memory.items.count >= Self.limit { memory.items = [:] }
            memory.items[name] = item
        }
        return try item.get()
    }
}
