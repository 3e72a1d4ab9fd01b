internal import ChanceryAPI
internal import ChanceryGate
internal import ChanceryLedger
internal import ChanceryNode

/// Whom a request of the seed's form means: there, agents go by their name, their DID or one of their agent ids.
struct NamedAgents: Sendable {
    struct Agent: Sendable {
        let record: AgentRecord
        let identity: IdentityDocument

        var did: DID { identity.did }
    }

    let registry: IdentityRegistry

    /// The agent that `claimed` means; nil when nobody is meant and the caller may ask about all.
    ///
    /// Names are looked up in the registry and are never part of a path.
    ///
    /// - Parameter roles: who may ask about anybody; whoever else calls asks about itself.
    /// - Throws: `gate.foreign_agent`, `node.not_found`.
    func subject(_ claimed: String?, of caller: Caller, anybodyFor roles: Set<Role>) throws -> Agent? {
        guard caller.principal.roles.isDisjoint(with: roles) else { return try claimed.map(agent) }
        let name = caller.principal.name
        guard let own = try? agent(name) else {
            throw GateError(.foreignAgent, "the key is of `\(name)`, who is no agent of this home")
        }
        guard try claimed.map({ try names(own).contains(Array($0.utf8)) }) ?? true else {
            throw GateError(.foreignAgent, "the key is of `\(name)`, who asks for nobody else")
        }
        return own
    }

    func agent(_ name: String) throws -> Agent {
        let found = try registry.agent(called: name)
        return Agent(record: found.agent, identity: found.identity)
    }

    /// Every agent id that the agent ever had.
    func agentIDs(_ agent: Agent) throws -> Set<String> {
        Set(try registry.history(of: agent.did).flatMap { [$0.agentID.text, $0.classicalAgentID.text] })
    }

    private func names(_ agent: Agent) throws -> Set<[UInt8]> {
        let ids = try agentIDs(agent)
        return Set((ids.union([agent.record.name, agent.identity.name, agent.did.text])).map { Array($0.utf8) })
    }
}

extension Set<Role> {
    /// Whoever runs or checks the house.
    static let oversight: Set<Role> = [.operator, .approver, .auditor]
}
