internal import ChanceryLedger
public import ChanceryWire

extension AgentLedger {
    /// States that the identity acts as an agent with `role`, replacing what was stated before.
    public func register(_ identity: OpenIdentity, role: String, metadata: JSONObject = JSONObject()) throws -> AgentRecord {
        guard (1...64).contains(role.utf8.count) else { throw NodeError(.rejected, "a role has 1 to 64 bytes") }
        return try state(identity, role, .active, metadata)
    }

    /// States that the agent acts no more; nothing is stamped for it afterwards.
    public func retire(_ identity: OpenIdentity) throws -> AgentRecord {
        guard let current = try registry.agent(of: identity.document) else {
            throw NodeError(.notFound, "`\(identity.name)` is not registered as an agent")
        }
        return try state(identity, current.role, .retired, current.metadata)
    }

    private func state(
        _ identity: OpenIdentity, _ role: String, _ status: AgentRecord.Status, _ metadata: JSONObject
    ) throws -> AgentRecord {
        try StoreConflict.retrying {
            let seen = try RegistryState(store)
            try registry.requireCurrent(identity)
            guard try status == .active || registry.agent(of: identity.document)?.status != .retired else {
                throw NodeError(.retired, "agent `\(identity.name)` is retired already")
            }
            return try state(identity, role, status, metadata, seen)
        }
    }

    private func state(
        _ identity: OpenIdentity, _ role: String, _ status: AgentRecord.Status, _ metadata: JSONObject, _ seen: RegistryState
    ) throws -> AgentRecord {
        let record = try AgentRecord.sign(
            name: identity.name.text, role: role, status: status, metadata: metadata, identity: identity.document,
            key: identity.keys.record, time: now())
        let records = [try NewRecord(record.record)]
        _ = try store.append(records, moving: seen.adding(records))
        return record
    }

    /// - Throws: `node.retired` when the agent of `identity` was retired, `node.rejected` when its keys were replaced.
    func requireActing(_ identity: OpenIdentity) throws {
        try registry.requireCurrent(identity)
        if try registry.agent(of: identity.document)?.status == .retired {
            throw NodeError(.retired, "agent `\(identity.name)` is retired")
        }
    }
}
