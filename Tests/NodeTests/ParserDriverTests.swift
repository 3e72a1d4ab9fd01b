import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// Every document that a stranger may hand us, damaged a hundred thousand times: nothing traps, and nothing that
/// carries a signature is accepted in another form than it was signed in.
///
/// Most of the damage hits the bytes, a fifth the values behind them, so that it gets past the JSON parser.
struct ParserDriverTests {
    private static let executions = 100_000

    private let home: SampleHome
    private let alice: OpenIdentity
    private let bob: OpenIdentity

    init() throws {
        home = try SampleHome()
        alice = try home.identity("alice")
        bob = try home.identity("bob")
    }

    /// Damages `golden` and reads it; gives back what was accepted though it differs from `golden`.
    private func drive(
        _ golden: [UInt8], _ name: String, _ read: @escaping @Sendable ([UInt8]) throws -> Void
    ) async throws -> [[UInt8]] {
        try read(golden)
        let value = try? JSONParser.parse(golden, limits: .document)
        var mutator = Mutator(name, corpus: [golden])
        var accepted: [[UInt8]] = []
        // A thousand at a time: all of them together would not fit into memory.
        for round in 0..<Self.executions / 1000 {
            let inputs = (0..<1000).map { execution -> [UInt8] in
                guard let value, execution % 5 == 0 else { return mutator.input() }
                return (try? CanonicalForm.jcs.encode(mutator.changed(value))) ?? mutator.input()
            }
            let outcomes = await inParallel(inputs) { bytes in
                guard bytes != golden else { return nil as (bytes: [UInt8], code: String?)? }
                let code = code { try read(bytes) }
                return code == nil || code?.hasPrefix("untyped") == true ? (bytes, code) : nil
            }
            for outcome in outcomes {
                #expect(outcome.code == nil, "\(name), round \(round)")
                accepted.append(outcome.bytes)
            }
        }
        return accepted
    }

    private func event(_ profile: StampProfile) throws -> [UInt8] {
        let receipt = try home.ledger.stamp(
            [["event_type": "step", "value": .double(1.5), "list": [1, [], "é"]]], as: alice, profile: profile)
        return try #require(try home.store.record(id: Hex.decode(receipt[0].hash))).bytes
    }

    @Test(arguments: StampProfile.allCases)
    func `events`(profile: StampProfile) async throws {
        let golden = try event(profile)
        let identity = profile == .aiss1 ? try alice.document.classicalIdentity() : try alice.document.aissIdentity()
        let accepted = try await drive(golden, "\(profile) events") { bytes in
            if profile == .batch {
                _ = try BatchEvent(decoding: bytes)
            } else {
                try identity.keys.verify(Event(decoding: bytes))
            }
        }
        // Batch events carry no signature; AISS leaves its detached timestamp and the spelling of JSON open.
        guard profile != .batch else { return }
        let hash = try Event(decoding: golden).hash
        #expect(try accepted.allSatisfy { try Event(decoding: $0).hash == hash })
    }

    @Test func `identity documents`() async throws {
        let accepted = try await drive(alice.document.record.bytes, "identity documents") {
            _ = try IdentityDocument.verify(UnverifiedRecord(decoding: $0))
        }
        #expect(accepted == [])
    }

    @Test func `AISS identity documents`() async throws {
        let golden = try alice.document.aissIdentity().encoded()
        _ = try await drive(golden, "AISS identity documents") { _ = try AgentIdentity(decoding: $0) }
    }

    @Test func `sealed events`() async throws {
        _ = try home.ledger.stamp(samplePayloads(5), as: alice, profile: .batch)
        let exporter = ChainExporter(store: home.store, registry: home.registry, now: home.clock.now)
        let golden = try exporter.sealedEvent(agentID: alice.document.agentID.text, sequence: 2)
        let document = alice.document
        #expect(try await drive(golden, "sealed events") { _ = try SealedEvent.verify($0, by: document) } == [])
    }

    @Test func `handshake messages`() async throws {
        let desk = HandshakeDesk(ledger: home.ledger)
        let offer = try CapabilitySet(["read"])
        let proposal = try desk.propose(as: alice, to: bob.document.did, capabilities: offer)
        let response = try desk.accept(proposal.record.bytes, as: bob, capabilities: offer)
        let handshake = try desk.confirm(response.record.bytes, as: alice)
        let verifier = DocumentVerifier(keys: try keys())
        for record in [proposal.record, response.record, handshake.record] {
            let accepted = try await drive(record.bytes, record.type) { bytes in
                if let finding = try verifier.verify(bytes).findings.first { throw NodeError(.rejected, finding) }
            }
            // Another spelling of the same record is the same record; a response is a handshake without its last signature.
            let genuine = [record.bytes, response.record.bytes]
            #expect(try accepted.allSatisfy { genuine.contains(try CanonicalForm.jcs.encode(JSONParser.parse($0))) })
        }
    }

    @Test func `session exports`() async throws {
        let desk = SessionDesk(ledger: home.ledger)
        let session = try desk.start([.init(alice, role: "a"), .init(bob, role: "b")]).start.session
        _ = try desk.stamp(session, from: alice, to: bob, eventType: "step", payload: ["note": "x"])
        _ = try desk.end(session, by: bob, members: [alice, bob])
        let verifier = DocumentVerifier(keys: try keys())
        let golden = try desk.export(session)
        let accepted = try await drive(golden, "session exports") { bytes in
            if let finding = try verifier.verify(bytes).findings.first { throw NodeError(.rejected, finding) }
        }
        // Payloads may be withheld; whatever else changes is refused.
        let size = golden.count
        #expect(accepted.allSatisfy { $0.count < size })
    }

    @Test func `exports and chain checkpoints`() async throws {
        _ = try home.ledger.register(alice, role: "clerk")
        _ = try home.ledger.stamp(samplePayloads(2), as: alice)
        try home.log.start(origin: "example.org/log", protection: .unencrypted)
        let exporter = ChainExporter(store: home.store, registry: home.registry, now: home.clock.now)
        let id = alice.document.agentID.text
        let checkpoint = try exporter.chainCheckpoint(of: alice, agentID: id, log: home.log, protection: .unencrypted)
        let log = try CheckpointVerifier(#require(try home.log.verifierKeys()))
        let verifier = DocumentVerifier(keys: try keys(), log: log)
        let read: @Sendable ([UInt8]) throws -> Void = { bytes in
            if let finding = try verifier.verify(bytes).findings.first { throw NodeError(.rejected, finding) }
        }
        _ = try await drive(exporter.signedExport(of: alice, agentID: id), "signed exports", read)
        _ = try await drive(exporter.auditExport(agentID: id), "audit exports", read)
        _ = try await drive(checkpoint.encoded(), "chain checkpoints", read)
    }

    @Test func `key files`() async throws {
        var bytes = [UInt8](repeating: 7, count: 32)
        let file = try KeyFile([KeyFileEntry("sample", SecretBytes(erasing: &bytes))])
        _ = try await drive(file.encodeUnencrypted(), "key files") { _ = try KeyFile.openUnencrypted($0) }
        let salt = [UInt8](repeating: 1, count: PiQryptKeyFile.Version.v1.saltBytes)
        var seed = [UInt8](repeating: 7, count: 32)
        var word = Array("correct horse".utf8)
        let foreign = try PiQryptKeyFile.encode(
            SecretBytes(erasing: &seed), version: .v1, passphrase: Passphrase(erasing: &word), salt: salt,
            nonce: [UInt8](repeating: 2, count: 12))
        _ = try await drive(foreign, "PQKY files") { _ = try PiQryptKeyFile(decoding: $0) }
    }

    private func keys() throws -> PinnedKeys {
        var keys = PinnedKeys()
        try keys.add(home.registry)
        return keys
    }
}

extension Mutator {
    /// `value` with one place in it replaced, removed, repeated or moved.
    fileprivate mutating func changed(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object) where !object.isEmpty && next(8) > 0:
            var members = object.members
            let place = next(members.count)
            switch next(6) {
            case 0: members.remove(at: place)
            case 1: members[place].value = members[next(members.count)].value
            default: members[place].value = changed(members[place].value)
            }
            return .object(JSONObject(members))
        case .array(var elements) where !elements.isEmpty && next(8) > 0:
            let place = next(elements.count)
            switch next(6) {
            case 0: elements.remove(at: place)
            case 1: elements.append(elements[place])
            case 2: elements.swapAt(place, next(elements.count))
            default: elements[place] = changed(elements[place])
            }
            return .array(elements)
        case .string(let text) where next(3) > 0:
            var bytes = Array(text.utf8)
            guard !bytes.isEmpty else { return "x" }
            bytes[next(bytes.count)] = UInt8(0x20 + next(95))
            return .string(String(decoding: bytes, as: UTF8.self))
        case .integer(let number) where next(3) > 0: return .integer(number &+ Int64(next(5)) - 2)
        default:
            let others: [JSONValue] = [
                .null, .bool(true), 0, -1, .integer(.max), .double(0.5), "", "\u{212a}", [], [[]], .object(JSONObject()),
            ]
            return others[next(others.count)]
        }
    }
}
