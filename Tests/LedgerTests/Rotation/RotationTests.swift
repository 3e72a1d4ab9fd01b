import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

struct RotationTests {
    /// A chain that ends with a rotation to `next`, in the profile of the agent's form.
    private func rotated(_ form: TestAgent.Form) throws -> (agent: TestAgent, next: TestAgent, events: [Event]) {
        let agent = try TestAgent(form)
        let next = try TestAgent(form == .upgraded ? .native : form, seed: 2)
        let profile: EventProfile = form == .classical ? .aiss1 : .aiss21
        let payload =
            form == .classical
            ? try ClassicalRotation.attest(from: agent.key, to: next.identity.keys.classical, at: 5).rotation.eventPayload
            : try HybridRotation.attest(of: agent.identity, from: agent.key, to: next.key, at: 5).eventPayload
        let events = try agent.chain(2, profile)
        return (agent, next, events + [try agent.event(after: events[1], profile, payload: .object(payload))])
    }

    private func continued(_ next: TestAgent, _ hash: String?) throws -> [Event] {
        let profile: EventProfile = next.identity.form == .classical ? .aiss1 : .aiss21
        let first = try next.event(after: nil, profile, time: 2000, previousHash: hash)
        return [first, try next.event(after: first, profile)]
    }

    @Test(arguments: TestAgent.Form.allCases)
    func `a chain goes on under new keys`(form: TestAgent.Form) throws {
        let (agent, next, old) = try rotated(form)
        let new = try continued(next, old.last?.hash)
        let verdict = RotationVerifier.verify(old: old.map(\.json), agent.identity, new: new.map(\.json), next.identity)
        #expect(verdict.isValid)
        let chain = try ChainVerifier.verify(old, of: agent.identity).get()
        #expect(chain.rotation?.newAgentID == next.identity.agentID)
        #expect(chain.position?.hasEnded == true)
    }

    @Test(arguments: TestAgent.Form.allCases)
    func `a new chain that starts at its own genesis does not continue the old one`(form: TestAgent.Form) throws {
        let (agent, next, old) = try rotated(form)
        let new = try continued(next, nil)
        guard
            case .invalid(let findings) = RotationVerifier.verify(
                old: old.map(\.json), agent.identity, new: new.map(\.json), next.identity)
        else {
            Issue.record("accepted")
            return
        }
        #expect(findings.map(\.reason) == [.genesisMismatch])
    }

    @Test(arguments: TestAgent.Form.allCases)
    func `a successor that the rotation does not name is refused`(form: TestAgent.Form) throws {
        let (agent, next, old) = try rotated(form)
        let stranger = try TestAgent(form == .classical ? .classical : .native, seed: 3)
        let new = try continued(stranger, old.last?.hash)
        #expect(!RotationVerifier.verify(old: old.map(\.json), agent.identity, new: new.map(\.json), stranger.identity).isValid)
        #expect(!RotationVerifier.verify(old: old.map(\.json), agent.identity, new: [], next.identity).isValid)
    }

    @Test func `a rotation event of another agent or with foreign ids ends no chain`() throws {
        let (agent, other) = (try TestAgent(.classical), try TestAgent(.classical, seed: 2))
        let foreign = try ClassicalRotation.attest(from: other.key, to: agent.identity.keys.classical, at: 5).rotation
        let first = try agent.event(after: nil, .aiss1)
        let stolen = try agent.event(after: first, .aiss1, payload: .object(foreign.eventPayload))
        #expect(ChainVerifier.verify([first, stolen], of: agent.identity).reasons == [.rotationMismatch])
        let own = try ClassicalRotation.attest(from: agent.key, to: other.identity.keys.classical, at: 5).rotation
        for name in ["new_agent_id", "previous_agent_id"] {
            var payload = own.eventPayload
            payload[name] = .string(try TestAgent(.classical, seed: 3).identity.agentID.text)
            let changed = try agent.event(after: first, .aiss1, payload: .object(payload))
            #expect(ChainVerifier.verify([first, changed], of: agent.identity).reasons == [.rotationMismatch], "\(name)")
        }
        let bare = try agent.event(after: first, .aiss1, payload: ["event_type": "key_rotation"])
        #expect(ChainVerifier.verify([first, bare], of: agent.identity).reasons == [.rotationMalformed])
    }

    @Test(arguments: ["previous_classical", "previous_post_quantum", "new_classical", "new_post_quantum"])
    func `each of the four signatures is needed and must be true`(name: String) throws {
        let (agent, next) = (try TestAgent(.native), try TestAgent(.native, seed: 2))
        let rotation = try HybridRotation.attest(of: agent.identity, from: agent.key, to: next.key, at: 5)
        let later = try HybridRotation.attest(of: agent.identity, from: agent.key, to: next.key, at: 6)
        for replacement in [nil, later.attestation["signatures"]?[name]] {
            var attestation = rotation.attestation
            var signatures = try #require(attestation["signatures"]?.object)
            signatures[name] = replacement
            attestation["signatures"] = .object(signatures)
            #expect(throws: LedgerError.self) { try HybridRotation(verifying: .object(attestation), of: agent.identity) }
        }
    }

    @Test func `a classical statement is refused once any member changes`() throws {
        let (agent, next) = (try TestAgent(.classical), try TestAgent(.classical, seed: 2))
        let attestation = try ClassicalRotation.attest(from: agent.key, to: next.identity.keys.classical, at: 5).attestation
        _ = try ClassicalRotation(verifying: .object(attestation))
        for name in attestation.names {
            var changed = attestation
            changed[name] = name == "rotation_timestamp" ? 6 : "x"
            #expect(throws: LedgerError.self, "\(name)") { try ClassicalRotation(verifying: .object(changed)) }
            changed[name] = nil
            #expect(throws: LedgerError.self, "without \(name)") { try ClassicalRotation(verifying: .object(changed)) }
        }
        #expect(throws: LedgerError.self) {
            try ClassicalRotation.attest(from: agent.key, to: agent.identity.keys.classical, at: 5)
        }
    }
}
