public import ChanceryVault
internal import ChanceryWire

extension Vault {
    /// Puts another access policy in force.
    public func setPolicy(_ policy: AccessPolicy, by principal: String) throws {
        do {
            // The file first: an event must never name a policy that nobody has.
            try files.write(policy.bytes, as: .policy(policy.hash), replacing: true)
            try journal.write { state, _ in
                guard state.policy != policy.hash else { return ([], ()) }
                return ([.policy(.init(policy, replacing: state.policy))], ())
            }
        } catch {
            try refuse("policy", error, by: principal)
        }
    }

    /// The access policy in force; the closed one where none is.
    public func policyInForce() throws -> AccessPolicy { try policy(journal.read { $0.policy }) }

    /// Lets an agent open a version for a time: the writ of a home without a committee.
    ///
    /// - Parameter agent: its DID.
    /// - Throws: `vault.committee_decides` where a committee votes.
    public func grant(_ entry: CatalogueEntry, to agent: String, lifetime: Int64, by principal: String) throws -> LocalGrant {
        do {
            try requireNoCommittee()
            return try journal.write { _, time in
                let grant = try LocalGrant(entry.manifest, to: agent, from: time, lifetime: lifetime)
                return ([.grant(grant)], grant)
            }
        } catch {
            try refuse("grant", error, by: principal, artifact: entry.artifact)
        }
    }

    /// Takes back what the agent was granted. Whoever reads stops within 250 ms.
    public func revoke(_ entry: CatalogueEntry, from agent: String, by principal: String) throws {
        do {
            try requireNoCommittee()
            try journal.write { state, _ in
                guard
                    let grant = state.grants.grants(of: entry.manifest).first(where: { $0.agent.utf8.elementsEqual(agent.utf8) }
                    )
                else { throw VaultError(.unknownArtifact, "the agent was granted nothing of `\(entry.name)`") }
                return ([.revocation(grant.id)], ())
            }
        } catch {
            try refuse("revoke", error, by: principal, artifact: entry.artifact)
        }
    }

    private func requireNoCommittee() throws {
        guard try authority() == nil else {
            throw VaultError(
                .committeeDecides, "writs of this home are voted: propose AUTHORIZE_MODEL for the manifest's digest")
        }
    }
}

extension VaultError.Reason {
    /// A committee votes here; nobody grants alone.
    public static let committeeDecides = Self(rawValue: "vault.committee_decides")
}
