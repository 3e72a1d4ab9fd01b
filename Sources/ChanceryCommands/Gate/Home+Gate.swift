internal import ChanceryGate
internal import ChanceryGovernance
internal import ChanceryNode
internal import ChanceryStorage
internal import ChanceryWire

extension Home {
    /// The name of the identity under which the gate of a home signs.
    static let gateName = "gate"

    /// The gate of this home.
    ///
    /// - Parameter authority: who may grant and freeze; what the store holds of a federation when nil.
    /// - Throws: `node.not_found` in a home that has none.
    func gate(_ passphrase: PassphraseSource, _ options: GlobalOptions, authority: (any AuthoritySource)? = nil) throws
        -> ActionGate
    {
        guard try keeper.names().contains(Self.gateName) else {
            throw NodeError(.notFound, "this home has no gate; `chancery gate init` makes one")
        }
        let name = try IdentityName(Self.gateName)
        return try gate(open(name, passphrase.opening(keeper.custody(of: name), options)), authority: authority)
    }

    func gate(_ identity: OpenIdentity, authority: (any AuthoritySource)? = nil) throws -> ActionGate {
        let stored = try federation.genesisIfAny() == nil ? nil : StoredAuthority(desk, now: Self.now)
        return ActionGate(
            identity: identity, store: store, registry: registry, authority: authority ?? stored, risk: vigil,
            approvers: approvers, now: Self.now)
    }

    /// Where people leave their keys for answers in the dashboard.
    var approverFolder: String { path + "/approvers" }

    /// The file of a key that a person leaves here.
    func approverFile(of approver: Approver) throws -> String {
        try AtomicFile.makeFolder(approverFolder)
        return "\(approverFolder)/\(approver.id).key"
    }

    /// Who may approve here.
    var approvers: ApproverRegistry { ApproverRegistry(store: store, registry: registry, now: Self.now) }
}

/// A command that works with the gate of a home.
protocol GateCommandBody: HomeCommand {
    var passphrase: PassphraseSource { get }
    func run(_ gate: ActionGate, in home: Home) async throws
}

extension GateCommandBody {
    func run(in home: Home) throws {
        let gate = try home.gate(passphrase, options)
        let command = UncheckedTransfer(value: (self, home))
        try Daemon.run { try await command.value.0.run(gate, in: command.value.1) }
    }
}

/// The command's own thread waits while the task runs, so nothing is shared.
struct UncheckedTransfer<Value>: @unchecked Sendable {
    let value: Value
}
