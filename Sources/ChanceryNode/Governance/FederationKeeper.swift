public import ChanceryGovernance
public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// How a home comes into a federation: it enrols, somebody founds, and everybody adopts the same genesis.
public struct FederationKeeper: Sendable {
    private let files: any FederationFiles
    private let store: any RecordStore & RecordIndex
    private let registry: IdentityRegistry
    private let now: @Sendable () -> UTCTime

    public init(
        files: any FederationFiles, store: any RecordStore & RecordIndex, registry: IdentityRegistry,
        now: @escaping @Sendable () -> UTCTime
    ) {
        self.files = files
        self.store = store
        self.registry = registry
        self.now = now
    }

    /// Makes the member keys of this home and states, signed, whose they are.
    ///
    /// - Parameters:
    ///   - ballot: protects the key of the home's people, which no daemon opens.
    ///   - node: protects the keys of its daemon.
    /// - Throws: `node.already_exists` when the home enrolled before.
    public func enrol(
        _ identity: OpenIdentity, name: String, ballot: KeyProtection, node: KeyProtection
    ) throws -> Enrolment {
        try registry.requireCurrent(identity)
        return try files.exclusively {
            guard try files.read(.enrolment) == nil else {
                throw NodeError(.alreadyExists, "this home enrolled already; nothing was changed")
            }
            let keys = try MemberSigningKeys.generate()
            let enrolment = try Enrolment.make(
                registry.history(of: identity.document.did), name: name, keys: keys, by: identity.keys.record, at: now(),
                salt: SystemRandom.bytes(16))
            // The keys first: an enrolment whose keys are gone would be worth nothing. What a crash left is replaced.
            try files.write(
                ballot.protect(KeyFile(KeyRing.entries(Purpose.Ballot.name, keys.ballot))), as: .ballotKey, replacing: true)
            try files.write(
                node.protect(
                    KeyFile(
                        KeyRing.entries(Purpose.Consensus.name, keys.consensus) + KeyRing.entries(Purpose.HTTP.name, keys.http))
                ),
                as: .nodeKey, replacing: true)
            try files.write(CanonicalForm.jcs.encode(enrolment.json), as: .enrolment, replacing: false)
            return enrolment
        }
    }

    /// This home's enrolment; nil before ``enrol(_:name:ballot:node:)``.
    public func enrolment() throws -> Enrolment? {
        try files.read(.enrolment).map { try Enrolment(verifying: JSONParser.parse($0, limits: .document)) }
    }

    /// The genesis of a new federation. Nothing is stored: every member adopts it, the founder too.
    public func found(
        name: String, founders: [Genesis.Founder], thresholds: Thresholds, toleratesNoFault: Bool
    ) throws -> Genesis {
        try Genesis.make(
            name: name, founders: founders, thresholds: thresholds, toleratesNoFault: toleratesNoFault, at: now(),
            salt: SystemRandom.bytes(16))
    }

    /// Accepts the genesis that `federation` names as that of this home.
    ///
    /// - Throws: `governance.genesis_invalid` for another genesis, `node.already_exists` for a second federation.
    public func adopt(_ bytes: [UInt8], as federation: FederationID) throws -> Genesis {
        let genesis = try Genesis(decoding: bytes)
        guard genesis.federation == federation else {
            throw GovernanceError(
                .genesisInvalid, "the genesis is that of `\(genesis.federation)`; nobody vouches for it here")
        }
        return try files.exclusively {
            if let known = try files.read(.genesis) {
                guard known == bytes else {
                    throw NodeError(.alreadyExists, "this home belongs to another federation; nothing was changed")
                }
                return genesis
            }
            if try store.record(id: federation.bytes) == nil {
                _ = try store.append([NewRecord(genesis)], moving: [])
            }
            try files.write(bytes, as: .genesis, replacing: false)
            return genesis
        }
    }

    /// The genesis that this home adopted.
    ///
    /// - Throws: `node.not_found` before that.
    public func genesis() throws -> Genesis {
        guard let genesis = try genesisIfAny() else {
            throw NodeError(.notFound, "this home belongs to no federation; `governance join` adopts a genesis")
        }
        return genesis
    }

    /// As ``genesis()``; nil in a home without a federation. A damaged genesis is an error, never none.
    public func genesisIfAny() throws -> Genesis? { try files.read(.genesis).map { try Genesis(decoding: $0) } }

    /// Opens the key with which the home's people propose and vote.
    public func openBallotKey(_ protection: KeyProtection) throws -> SigningKey<Purpose.Ballot> {
        try KeyRing.key(Purpose.Ballot.name, in: open(.ballotKey, protection))
    }

    /// Opens the keys of the home's daemon.
    public func openNodeKeys(
        _ protection: KeyProtection
    ) throws -> (consensus: SigningKey<Purpose.Consensus>, http: SigningKey<Purpose.HTTP>) {
        let file = try open(.nodeKey, protection)
        return (try KeyRing.key(Purpose.Consensus.name, in: file), try KeyRing.key(Purpose.HTTP.name, in: file))
    }

    /// What the node of this home heard last from members' nodes. Nobody has checked it.
    func beats() throws -> [UnverifiedRecord] {
        guard let bytes = try files.read(.beats) else { return [] }
        return try (JSONParser.parse(bytes, limits: .document).array ?? []).map { try UnverifiedRecord($0) }
    }

    /// Where the other nodes listen, as the operator said.
    public func peers() throws -> [DID: String] {
        guard let bytes = try files.read(.peers), let members = try JSONParser.parse(bytes).object else { return [:] }
        var peers: [DID: String] = [:]
        for member in members.members { peers[try DID(member.name)] = member.value.string }
        return peers
    }

    /// Notes where the node of `peer` listens; nil when nobody shall look for it.
    public func setPeer(_ peer: DID, _ address: String?) throws {
        try setPeers { $0[peer] = address }
    }

    /// Changes the whole list in one step.
    public func setPeers(_ change: (inout [DID: String]) throws -> Void) throws {
        try files.exclusively {
            var peers = try peers()
            try change(&peers)
            let object = JSONObject(peers.map { .init(name: $0.key.text, value: .string($0.value)) })
            try files.write(CanonicalForm.jcs.encode(object), as: .peers, replacing: true)
        }
    }

    /// Runs `body` while no other process of this home does the same.
    func exclusively<Value>(_ body: () throws -> Value) throws -> Value { try files.exclusively(body) }

    /// Where the keys in `file` are.
    public func custody(of file: FederationFile) throws -> KeyCustody {
        guard let bytes = try files.read(file) else { return .absent }
        return KeyFile.looksEncrypted(bytes) ? .passphrase : .unencrypted
    }

    private func open(_ file: FederationFile, _ protection: KeyProtection) throws -> KeyFile {
        guard let bytes = try files.read(file) else {
            throw NodeError(.keyMissing, "this home has no member keys; `governance enrol` makes them")
        }
        return try protection.open(bytes)
    }
}
