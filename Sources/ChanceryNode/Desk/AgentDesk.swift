internal import ChanceryLedger
public import ChanceryWire
internal import Dispatch

/// Signs for the agents of a home, whose keys it opens when they are first needed and keeps open.
///
/// Who may have what signed is the caller's to decide; that an agent acts at all, and under its latest keys, is looked at here
/// with each step. Calls that open keys or wait for the disk say so.
public final class AgentDesk: Sendable {
    /// Most events of one request.
    public static let eventsPerRequest = 1000
    /// The member of an agent's metadata that says with which profile its chain begins.
    static let profileMember = "profile"

    let ledger: AgentLedger
    let keys: AgentKeys
    let directory: AgentDirectory
    let sessions: SessionDesk
    private let keeper: IdentityKeeper
    private let creating: KeyProtection
    private let queue: StampQueue
    private let threads = DispatchQueue(label: "chancery.desk.keys")

    /// - Parameters:
    ///   - creating: protects the keys of agents that are made here.
    ///   - opening: opens the private keys of an identity of the home.
    public init(
        ledger: AgentLedger, keeper: IdentityKeeper, creating: KeyProtection,
        opening: @escaping @Sendable (IdentityName) throws -> OpenIdentity
    ) {
        let directory = AgentDirectory(store: ledger.store, registry: ledger.registry)
        let keys = AgentKeys(keeper: keeper, opening: opening, now: ledger.now)
        self.ledger = ledger
        self.keeper = keeper
        self.creating = creating
        self.directory = directory
        self.keys = keys
        sessions = SessionDesk(ledger: ledger)
        queue = StampQueue { works in
            ledger.stamp(works) { identity in try AgentDesk.requireActing(identity, directory, keys) }
        }
    }

    // MARK: who is who

    /// Whether two names, DIDs or agent ids mean the same agent; false for two of which one means none.
    public func isSame(_ one: String, _ other: String) throws -> Bool {
        if one.utf8.elementsEqual(other.utf8) { return true }
        return try did(of: one).map { did in try self.did(of: other).map { $0 == did } ?? false } ?? false
    }

    private func did(of name: String) throws -> DID? {
        do {
            return try directory.agent(name).identity.did
        } catch let error as NodeError where error.reason == .notFound {
            return nil
        }
    }

    /// Makes an agent: an identity where there is none of that name, and the signed statement of its role. What is so already
    /// stays as it is. May wait.
    ///
    /// - Parameter profile: how its chain begins.
    /// - Throws: `node.invalid_name`, `node.rejected` for a room of the house, `node.already_exists` for the name of a stranger,
    ///   `node.retired`.
    public func register(_ text: String, role: String, profile: StampProfile?) throws -> AgentRecord {
        let name = try IdentityName(text)
        guard !RoomEvent.isRoom(name.text) else { throw NodeError(.rejected, "`\(name)` is a room of the house") }
        guard (1...64).contains(role.utf8.count) else { throw NodeError(.rejected, "a role has 1 to 64 bytes") }
        let isNew = try !keeper.names().contains(name.text)
        let known = try did(of: text)
        guard try isNew ? known == nil : known == nil || keeper.documents(of: name).last?.did == known else {
            throw NodeError(.alreadyExists, "another home's agent is called `\(name)` here")
        }
        if isNew { _ = try keeper.create(name, protection: creating) }
        let identity = try known == nil ? keys.openIdentity(name) : open(text)
        let current = try ledger.registry.agent(of: identity.document)
        var metadata = current?.metadata ?? JSONObject()
        if let profile { metadata[Self.profileMember] = .string(profile.rawValue) }
        if let current, current.status == .active, current.role.utf8.elementsEqual(role.utf8),
            JSONValue.object(current.metadata) == .object(metadata)
        {
            return current
        }
        return try ledger.register(identity, role: role, metadata: metadata)
    }

    /// The keys of an agent; may wait.
    ///
    /// - Throws: `node.not_found`, `node.key_missing`, `node.rejected`.
    func open(_ agent: String) throws -> OpenIdentity {
        let entry = try directory.agent(agent)
        let identity = try keys.opened(entry) ?? keys.open(entry)
        try keys.requireKept(identity)
        return identity
    }

    private static func requireActing(_ identity: OpenIdentity, _ directory: AgentDirectory, _ keys: AgentKeys) throws {
        let entry = try directory.agent(identity.document.did.text)
        guard entry.identity.number == identity.document.number else {
            throw NodeError(.rejected, "the keys of `\(identity.name)` were replaced meanwhile; try again")
        }
        guard entry.record.status == .active else { throw NodeError(.retired, "agent `\(identity.name)` is retired") }
        try keys.requireKept(identity)
    }

    // MARK: stamping

    /// Stamps `payloads` in order onto the agent's chain, as one durable group; what others stamp meanwhile shares the flush.
    ///
    /// - Parameters:
    ///   - profile: nil for the one that the chain has, or shall begin with.
    ///   - caller: who asks; nobody takes the room of others.
    ///   - bytes: about how much memory the payloads take.
    /// - Throws: as ``AgentLedger/stamp(_:as:profile:along:)``, `node.key_missing`, and `store.busy` when too much waits. Nothing is
    ///   stored then.
    public func stamp(
        _ payloads: [JSONObject], for agent: String, profile: StampProfile?, by caller: String, bytes: Int
    ) async throws -> [StampReceipt] {
        guard (1...Self.eventsPerRequest).contains(payloads.count) else {
            throw NodeError(.rejected, "a request holds 1 to \(Self.eventsPerRequest) events")
        }
        let entry = try directory.agent(agent)
        let identity = if let known = keys.opened(entry) { known } else { try await opening(entry) }
        let first = entry.record.metadata[Self.profileMember]?.string.flatMap(StampProfile.init(rawValue:))
        let work = StampWork(identity: identity, profile: profile, firstProfile: first ?? .aiss21, payloads: payloads)
        return try await queue.stamp(.init(stamp: work, caller: caller, bytes: bytes))
    }

    /// Opens keys on a thread that may wait.
    private func opening(_ entry: AgentDirectory.Entry) async throws -> OpenIdentity {
        try await withCheckedThrowingContinuation { reply in
            threads.async { [keys] in reply.resume(with: Result { try keys.open(entry) }) }
        }
    }
}
