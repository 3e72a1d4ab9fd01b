internal import ChanceryAPI
public import ChanceryNode
internal import ChanceryWire

/// What the routes work with that sign for the agents of the home.
public final class DeskService: Sendable {
    /// Most bytes of a body with payloads.
    static let bodyBytes = 4 << 20

    let desk: AgentDesk
    let registry: IdentityRegistry
    let store: any RecordStore & RecordIndex
    /// Nil in a home without a gate.
    let outcomes: OutcomeKeeper?
    private let owner: UInt32
    private let journal: RefusalJournal
    private let threads = BlockingThreads("chancery.desk")

    /// - Parameters:
    ///   - owner: the user of this machine who has the home, and may act for any of its agents over a Unix socket.
    ///   - outcomes: writes down what came of actions, told together with events.
    ///   - journal: keeps what is refused here.
    public init(
        _ desk: AgentDesk, registry: IdentityRegistry, store: any RecordStore & RecordIndex, owner: UInt32,
        outcomes: OutcomeKeeper?, journal: RefusalJournal
    ) {
        self.desk = desk
        self.registry = registry
        self.store = store
        self.outcomes = outcomes
        self.owner = owner
        self.journal = journal
    }

    /// Runs `body` where it may wait.
    func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await threads.run(body)
    }

    /// Runs `body`; what it refuses is on record before the caller hears of it.
    func recording<Value>(
        _ route: String, _ caller: Caller, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as any CodedError where Self.isRefusal(error.code) {
            await journal.note(error, of: caller.principal.keyID, at: route)
            throw error
        }
    }

    /// What the rules say no to; what is malformed or missing is not worth a record. Handshakes and sessions keep their own.
    private static func isRefusal(_ code: String) -> Bool {
        [
            NodeError.Reason.foreignAgent, .ownerOnly, .rejected, .retired, .profileFixed,
        ].contains { $0.rawValue == code }
    }

    // MARK: who may

    /// Whether whoever has the home asks, over a Unix socket and by nothing but the kernel's word.
    func isOwner(_ request: APIRequest, _ caller: Caller) -> Bool {
        request.user == owner && caller.key == nil && caller.session == nil && !caller.isAgent
    }

    /// - Throws: `node.owner_only`.
    func requireOwner(_ request: APIRequest, _ caller: Caller) throws {
        guard isOwner(request, caller) else {
            throw NodeError(.ownerOnly, "only whoever has the home may do this, over its Unix socket")
        }
    }

    /// Checks that a caller may have something signed for `agent`: an agent for itself, and whoever has the home for any.
    ///
    /// - Throws: `node.foreign_agent`, also for an agent that does not exist; `node.owner_only` for a caller that is no agent.
    func requireSigner(_ request: APIRequest, _ caller: Caller, for agent: String) throws {
        if isOwner(request, caller) { return }
        guard caller.isAgent else { return try requireOwner(request, caller) }
        guard try desk.isSame(caller.principal.name, agent) else {
            throw NodeError(.foreignAgent, "`\(caller.principal.name)` has nothing signed for anybody else")
        }
    }

    /// Checks that a caller may read an agent's chain: whoever oversees, and the agent itself.
    ///
    /// - Throws: `node.foreign_agent`.
    func requireReader(_ caller: Caller, of agent: String) throws {
        guard caller.principal.roles.isDisjoint(with: [.operator, .approver, .auditor]) else { return }
        guard try desk.isSame(caller.principal.name, agent) else {
            throw NodeError(.foreignAgent, "`\(caller.principal.name)` reads no chain but its own")
        }
    }
}
