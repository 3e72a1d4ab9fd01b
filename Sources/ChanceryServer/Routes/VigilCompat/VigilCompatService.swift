internal import ChanceryAPI
public import ChanceryNode
internal import ChanceryVigil
public import ChanceryWire

/// What the seed's Vigil endpoints work with.
public struct VigilCompatService: Sendable {
    let vigil: VigilDesk
    let importer: ChainImporter
    let agents: NamedAgents
    let now: @Sendable () -> UTCTime

    public init(
        _ vigil: VigilDesk, importer: ChainImporter, registry: IdentityRegistry, now: @escaping @Sendable () -> UTCTime
    ) {
        self.vigil = vigil
        self.importer = importer
        self.now = now
        agents = NamedAgents(registry: registry)
    }

    /// The agent of the path, if the caller may hear of it.
    ///
    /// - Throws: `node.not_found`, `gate.foreign_agent`.
    func agent(_ request: APIRequest, _ caller: Caller) throws -> NamedAgents.Agent {
        let name = try RequestParameters.require(request.parameters.text("name"), "name")
        return try RequestParameters.require(agents.subject(name, of: caller, anybodyFor: .oversight), "name")
    }

    /// Assessments of all agents, or of those that are listed by any of their names, split by commas.
    func assessments(_ names: String?) throws -> [(name: String, assessment: Assessment)] {
        guard let names else { return try vigil.assessments() }
        return try names.split(separator: ",").map { name in
            let agent = try agents.agent(String(name))
            return (agent.record.name, try vigil.assessment(of: agent.did))
        }
    }
}
