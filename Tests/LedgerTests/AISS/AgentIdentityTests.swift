import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

struct AgentIdentityTests {
    @Test(arguments: TestAgent.Form.allCases)
    func `an identity reads back from its bytes`(form: TestAgent.Form) throws {
        let identity = try TestAgent(form).identity
        #expect(try AgentIdentity(decoding: identity.encoded()) == identity)
    }

    @Test(arguments: TestAgent.Form.allCases)
    func `an identity without one of its members or with an unknown one is refused`(form: TestAgent.Form) throws {
        let document = try TestAgent(form).identity.document
        for name in document.names {
            #expect(throws: LedgerError.self, "without \(name)") { try AgentIdentity(.object(document.removing([name]))) }
        }
        var extended = document
        extended["unknown"] = 1
        #expect(throws: LedgerError.self) { try AgentIdentity(.object(extended)) }
    }

    @Test(arguments: TestAgent.Form.allCases)
    func `an id of other keys is refused`(form: TestAgent.Form) throws {
        var document = try TestAgent(form).identity.document
        document["agent_id"] = .string(try TestAgent(form, seed: 2).identity.agentID.text)
        let error = #expect(throws: LedgerError.self) { try AgentIdentity(.object(document)) }
        #expect(error?.reason == .identityMismatch)
    }

    @Test func `a document of two forms is ambiguous`() throws {
        var document = try TestAgent(.native).identity.document
        document["public_key"] = try TestAgent(.classical).identity.document["public_key"]
        let error = #expect(throws: LedgerError.self) { try AgentIdentity(.object(document)) }
        #expect(error?.reason == .identityAmbiguous)
    }

    @Test func `a binding of another agent, key, assurance or time is refused`() throws {
        let (mine, other) = (try TestAgent(.upgraded), try TestAgent(.upgraded, seed: 2))
        let document = mine.identity.document
        let binding = try #require(document["binding"]?.object)
        let foreign = try #require(other.identity.document["binding"]?.object)
        for name in binding.names {
            var changed = binding
            changed[name] = name == "created_at" ? 2 : name == "binding_assurance" ? "hybrid" : foreign[name]
            guard changed != binding else { continue }
            var identity = document
            identity["binding"] = .object(changed)
            let error = #expect(throws: LedgerError.self, "\(name)") { try AgentIdentity(.object(identity)) }
            #expect(error?.reason == .identityBindingInvalid)
        }
    }

    @Test(arguments: TestAgent.Form.allCases)
    func `truncations and bit flips of a document never pass as the same agent with other keys`(form: TestAgent.Form) throws {
        let identity = try TestAgent(form).identity
        let bytes = try identity.encoded()
        for length in stride(from: 0, to: bytes.count, by: 7) {
            #expect(throws: LedgerError.self) { try AgentIdentity(decoding: Array(bytes[..<length])) }
        }
        for position in stride(from: 0, to: bytes.count * 8, by: 5) {
            var flipped = bytes
            flipped[position / 8] ^= 1 << UInt8(position % 8)
            guard let read = try? AgentIdentity(decoding: flipped) else { continue }
            // Only the creation time of an unsigned document can be changed unseen.
            #expect(read.keys == identity.keys && read.agentID == identity.agentID, "bit \(position)")
        }
    }
}
