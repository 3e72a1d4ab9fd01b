internal import ChanceryLedger
internal import ChanceryWire

/// The row among the chains that says how much the registry holds: identity documents and what identities say about
/// their agents, in log order.
///
/// Whoever adds to the registry moves it, and whoever relies on what the registry says asserts it, in the transaction
/// that stores the result. So a rotation, a retirement or another document never slips in between.
struct RegistryState {
    static let chain = ChainState.registryName
    private static let profile = "chancery/registry/v1"

    private(set) var state: ChainState?

    /// What the registry holds now. Take it before looking at what it says.
    init(_ store: any RecordStore) throws { state = try store.chain(Self.chain) }

    /// Nothing yet, as an audit begins.
    init() {}

    static func counts(_ kind: String) -> Bool { kind == IdentityDocument.type || kind == AgentRecord.type }

    /// Counts a record that is added.
    mutating func add(_ id: [UInt8]) {
        state = ChainState(count: (state?.count ?? 0) + 1, head: Hex.encode(id), timestamp: 0, profile: Self.profile)
    }

    /// That nothing has been added since.
    var assertion: [ChainMove] { state.map { [ChainMove(agent: Self.chain, from: $0, to: $0)] } ?? [] }

    /// That `records` are added to just what was seen.
    func adding(_ records: [NewRecord]) -> [ChainMove] {
        var next = self
        for record in records where Self.counts(record.kind) { next.add(record.id) }
        guard let state = next.state else { return [] }
        return [ChainMove(agent: Self.chain, from: self.state, to: state)]
    }
}
