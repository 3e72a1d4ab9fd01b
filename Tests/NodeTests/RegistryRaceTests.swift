import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// Several processes change and use the registry at once; each opens the store for itself, as processes do.
struct RegistryRaceTests {
    @Test(arguments: 0..<8)
    func `of two documents that follow the same one, one is registered`(round: UInt8) async throws {
        let folder = TemporaryFolder()
        _ = try SampleHome(folder)
        let first = try SampleKeys.document(1)
        let (old, new) = (try SampleKeys.keys(1), try SampleKeys.keys(1, rotations: 1))
        let rivals = try (0..<4).map { number in
            try first.rotate(from: old, to: new, at: SampleKeys.time(9), salt: SampleKeys.salt(round &* 4 &+ UInt8(number)))
        }
        let refusals = await inParallel(rivals) { rival in
            code { _ = try SampleHome(folder).registry.register([first, rival]) } ?? "registered"
        }
        #expect(refusals.count { $0 == "registered" } == 1, "\(refusals)")
        #expect(refusals.count { $0 == "ledger.identity_forked" } == 3, "\(refusals)")
        let home = try SampleHome(folder)
        #expect(try home.registry.history(of: first.did).count == 2)
        #expect(try home.audit().failures == [])
    }

    @Test(arguments: 0..<8)
    func `nothing is stamped after a retirement or a rotation, however close they come`(round: Int) async throws {
        let home = try SampleHome()
        let alice = try home.identity()
        _ = try home.ledger.register(alice, role: "clerk")
        let folder = home.folder
        let isRotation = round % 2 == 0
        let refused = await inParallel(Array(0..<6)) { number -> Int? in
            guard let own = try? SampleHome(folder) else { return nil }
            var refused = 0
            for step in 0..<20 {
                if number == 0, step == round {
                    if isRotation {
                        _ = try? own.ledger.rotate(alice, keeper: own.keeper, protection: .unencrypted)
                    } else {
                        _ = try? own.ledger.retire(alice)
                    }
                } else if (try? own.ledger.stamp(samplePayloads(1), as: alice, profile: .aiss1)) == nil {
                    refused += 1
                }
            }
            return number == 0 ? refused : nil
        }
        // Whoever made the change goes on stamping after it, and is refused each time.
        #expect(refused.count == 1 && refused[0] >= 19 - round, "\(refused)")
        let records = try home.store.records(RecordQuery(limit: 10_000))
        let change = try #require(
            isRotation
                ? records.last { $0.kind == IdentityDocument.type } : records.last { $0.kind == AgentRecord.type })
        let later = try records.filter { $0.position > change.position && $0.sequence != nil }
            .filter { try Event(decoding: $0.bytes).eventType != RotationEvent.eventType }
        #expect(later.isEmpty, "\(later.count) events")
        #expect(try home.audit().failures == [])
    }

    @Test func `a key that two identities list is taken for the first alone`() async throws {
        let home = try SampleHome()
        let alice = try home.identity()
        let folder = home.folder
        let outcomes = await inParallel((0..<4).map { "x\($0)" }) { name -> String? in
            code {
                let parts = alice.keys.aiss.parts
                guard let seed = parts[0].exportSeed(), let other = parts[1].exportSeed() else { return }
                _ = try SampleHome(folder).keeper.create(
                    IdentityName(name), adoptingEd25519: seed, mlDSA65: other, protection: .unencrypted)
            }
        }
        #expect(outcomes == Array(repeating: "ledger.registry_conflict", count: 4))
        #expect(try home.keeper.names() == ["alice"])
        #expect(try home.audit().failures == [])
    }
}
