import ChanceryInference
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Synchronization
import TestKit
import Testing

struct StatementTests {
    let service: SampleService

    init() throws { service = try SampleService() }

    private func verify(
        _ bytes: [UInt8], of did: String = SampleService.did, at now: UTCTime = SampleService.start,
        by key: VerifyingKey<Purpose.Record>? = nil
    ) throws -> ServiceKeyStatement {
        try ServiceKeyStatement.verify(bytes, of: did, by: key ?? service.signer.publicKey, at: now)
    }

    @Test
    func `a statement reads as it was signed`() throws {
        let read = try verify(service.statement.record.bytes)
        #expect(read.terms == service.statement.terms)
        #expect(read.digest == service.statement.digest)
    }

    @Test
    func `a statement is good from its start until before its end`() throws {
        let (bytes, start) = (service.statement.record.bytes, SampleService.start)
        // The service's clock may be ahead a little.
        #expect(code { _ = try verify(bytes, at: start.advanced(bySeconds: -31)) } == "inference.statement_expired")
        #expect(code { _ = try verify(bytes, at: start.advanced(bySeconds: -30)) } == nil)
        #expect(code { _ = try verify(bytes, at: start.advanced(bySeconds: 3599)) } == nil)
        #expect(code { _ = try verify(bytes, at: start.advanced(bySeconds: 3600)) } == "inference.statement_expired")
    }

    @Test
    func `a statement of another service or key is refused`() throws {
        let bytes = service.statement.record.bytes
        let other = "did:pqaid:" + String(repeating: "cd", count: 32)
        #expect(code { _ = try verify(bytes, of: other) } == "inference.other_service")
        #expect(code { _ = try verify(bytes, by: SampleService.signer(8).publicKey) } == "suite.invalid_signature")
    }

    @Test
    func `every changed bit of a statement is refused`() throws {
        let bytes = service.statement.record.bytes
        for flip in bitFlips(of: bytes) {
            #expect(code { _ = try verify(bytes.flipping(flip.byte, flip.bit)) } != nil, "\(flip)")
        }
    }

    @Test
    func `a client gets the model and at least the tier that it asks for, or nothing`() throws {
        let (statement, other) = (service.statement, try ManifestDigest(SampleService.bytes(50)))
        try statement.require(model: nil, tier: .open)
        try statement.require(model: statement.terms.model, tier: .sealed)
        #expect(code { try statement.require(model: other, tier: .open) } == "inference.other_model")
        #expect(code { try statement.require(model: nil, tier: .attested) } == "inference.tier_mismatch")
        let high = try SampleService(tier: .attested).statement
        #expect(code { try high.require(model: nil, tier: .attested) } == "inference.evidence_required")
    }

    @Test
    func `terms out of bounds are no terms`() throws {
        let terms = service.statement.terms
        func make(_ service: String = SampleService.did, generation: Int64 = 1, seconds: Int64 = 60) -> String? {
            code {
                _ = try ServiceKeyStatement.Terms(
                    service: service, key: terms.key, model: terms.model, name: terms.name, tier: terms.tier,
                    generation: generation, from: SampleService.start,
                    until: SampleService.start.advanced(bySeconds: seconds))
            }
        }
        #expect(make() == nil)
        #expect(make(seconds: 92 * 86_400) == nil)
        for found in [make(""), make("a b"), make(generation: 0), make(seconds: 0), make(seconds: 92 * 86_400 + 1)] {
            #expect(found == "inference.statement_malformed")
        }
        let weak = try DecapsulationKey(.mlKEM768, seed: SampleService.secret(1, 64))
        #expect(
            code {
                _ = try ServiceKeyStatement.Terms(
                    service: SampleService.did, key: EncapsulationKey(.mlKEM768, weak.publicKey), model: terms.model,
                    name: terms.name, tier: terms.tier, generation: 1, from: terms.from, until: terms.until)
            } == "inference.statement_malformed")
    }

    @Test
    func `keys in memory are replaced at half their life and open until its end`() async throws {
        let start = SampleService.start
        let book = SampleKeyBook()
        let keys = try MemoryServiceKeys(
            .init(
                did: SampleService.did, model: service.statement.terms.model, name: service.statement.terms.name, tier: .sealed),
            signer: service.signer, lifetime: 100, book: book)
        let first = try await keys.current(at: start)
        #expect(try await keys.current(at: start.advanced(bySeconds: 49)).digest == first.digest)
        let second = try await keys.current(at: start.advanced(bySeconds: 50))
        #expect(second.terms.generation == 2 && second.terms.key != first.terms.key)
        #expect(try await keys.key(stated: first.digest, at: start.advanced(bySeconds: 99)).statement.digest == first.digest)
        for (digest, seconds) in [(first.digest, Int64(100)), (second.digest, 150), (SampleService.bytes(1), 60)] {
            let error = await #expect(throws: InferenceError.self) {
                try await keys.key(stated: digest, at: start.advanced(bySeconds: seconds))
            }
            #expect(error?.reason == .keyUnknown)
        }
        #expect(book.made == [first.terms.keyID, second.terms.keyID] && book.replaced == [nil, first.terms.keyID])
        #expect(book.gone == [first.terms.keyID, second.terms.keyID])
    }

    @Test func `a key that its owner ended opens nothing more, and the next statement is of another`() async throws {
        let (start, book) = (SampleService.start, SampleKeyBook())
        let keys = try MemoryServiceKeys(
            .init(
                did: SampleService.did, model: service.statement.terms.model, name: service.statement.terms.name, tier: .sealed),
            signer: service.signer, lifetime: 100, book: book)
        let first = try await keys.current(at: start)
        book.refuse(first.terms.keyID)
        let error = await #expect(throws: InferenceError.self) { try await keys.key(stated: first.digest, at: start) }
        #expect(error?.reason == .keyUnknown)
        let second = try await keys.current(at: start)
        #expect(second.terms.keyID != first.terms.keyID)
        try keys.end()
        #expect(book.gone == [first.terms.keyID, second.terms.keyID])
        await #expect(throws: InferenceError.self) { try await keys.key(stated: second.digest, at: start) }
    }

    @Test func `a key of which no record could be written is stated to nobody`() async throws {
        let book = SampleKeyBook()
        book.fail()
        let keys = try MemoryServiceKeys(
            .init(
                did: SampleService.did, model: service.statement.terms.model, name: service.statement.terms.name, tier: .sealed),
            signer: service.signer, lifetime: 100, book: book)
        await #expect(throws: SampleKeyBook.Failure.self) { try await keys.current(at: SampleService.start) }
        #expect(book.made == [])
    }
}

/// Remembers what it heard of keys.
final class SampleKeyBook: ServiceKeyBook {
    struct Failure: Error {}

    private struct State {
        var (made, replaced, gone, refused): ([VaultKeyID], [VaultKeyID?], [VaultKeyID], Set<VaultKeyID>) = ([], [], [], [])
        var fails = false
    }

    private let state = Mutex(State())

    var made: [VaultKeyID] { state.withLock { $0.made } }
    var replaced: [VaultKeyID?] { state.withLock { $0.replaced } }
    var gone: [VaultKeyID] { state.withLock { $0.gone } }

    func refuse(_ id: VaultKeyID) { state.withLock { _ = $0.refused.insert(id) } }
    func fail() { state.withLock { $0.fails = true } }

    func made(_ key: EncapsulationKey, after old: VaultKeyID?, until: UTCTime) throws {
        try state.withLock { state in
            guard !state.fails else { throw Failure() }
            state.made.append(VaultKeyID(.service, publicKey: key.bytes))
            state.replaced.append(old)
        }
    }

    func serves(_ id: VaultKeyID) throws -> Bool { state.withLock { !$0.refused.contains(id) } }
    func ended(_ ids: [VaultKeyID]) throws { state.withLock { $0.gone += ids } }
}
