internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode

/// Which chain of an agent is meant.
struct ChainOptions: ParsableArguments {
    @Option(help: "The chain when there are several: aiss-2.1, batch or aiss-1.") var profile: StampProfile?
    @Option(
        help: ArgumentHelp(
            "The chain under this document of the identity: 0 for its first keys. Default: the latest.", valueName: "n"))
    var document: Int64?
}

/// A chain that was chosen, and the identity of this home that it belongs to.
struct ChainChoice {
    /// Nil for an agent that was imported.
    let name: IdentityName?
    let agentID: String

    /// `agent` is a name of this home, the agent id of any document of an identity, or of an agent that was imported.
    init(_ agent: String, _ options: ChainOptions, _ home: Home) throws {
        try self.init(agent, document: options.document, profile: options.profile, home)
    }

    /// As ``init(_:_:_:)``; the latest document and its usual profile where none is chosen.
    init(_ agent: String, document number: Int64? = nil, profile: StampProfile? = nil, _ home: Home) throws {
        if try home.keeper.names().contains(agent) {
            let name = try IdentityName(agent)
            let documents = try home.keeper.documents(of: name)
            let wanted = number ?? documents.last?.number
            guard let document = documents.first(where: { $0.number == wanted }) else {
                throw NodeError(.notFound, "`\(agent)` has documents 0 to \(documents.count - 1)")
            }
            self.name = name
            agentID = try Self.agentID(document, profile, home)
            return
        }
        guard number == nil, profile == nil else {
            throw UsageError("an agent id names its chain; --document and --profile choose among those of a name")
        }
        agentID = agent
        name = try home.keeper.names().map { try IdentityName($0) }.first { name in
            try home.keeper.documents(of: name).contains { [$0.agentID.text, $0.classicalAgentID.text].contains(agent) }
        }
        if name == nil, try home.registry.entry(for: agent) == nil {
            throw NodeError(.notFound, "there is no identity or agent `\(agent)`")
        }
    }

    /// The name of the chain's identity.
    ///
    /// - Throws: `node.key_missing` when its keys are elsewhere.
    func owner() throws -> String {
        guard let name else { throw NodeError(.keyMissing, "the private keys of agent `\(agentID)` are not in this home") }
        return name.text
    }

    private static func agentID(_ document: IdentityDocument, _ profile: StampProfile?, _ home: Home) throws -> String {
        let (hybrid, classical) = (document.agentID.text, document.classicalAgentID.text)
        if let profile { return profile == .aiss1 ? classical : hybrid }
        if try home.store.chain(hybrid) != nil { return hybrid }
        return try home.store.chain(classical) != nil ? classical : hybrid
    }
}
