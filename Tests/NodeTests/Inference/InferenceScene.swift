import ChanceryInference
import ChanceryLedger
import ChanceryNode
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Synchronization
import TestKit

/// A model that says what a test wants it to say.
struct ScriptedModel: InferenceBackend {
    typealias Script = @Sendable (InferenceCall, (InferencePart) async throws -> Void) async throws -> Void

    struct Failure: Error {}

    let script: Script

    init(_ script: @escaping Script) { self.script = script }

    /// Says the question twice.
    static let echo = ScriptedModel { call, answer in
        try await answer(.head(status: 200, mediaType: call.mediaType))
        for _ in 0..<2 { try await answer(.body(call.body)) }
    }

    func run(_ call: InferenceCall, _ answer: (InferencePart) async throws -> Void) async throws {
        try await script(call, answer)
    }
}

/// A vault that serves a model to clients in this process.
struct InferenceScene: Sendable {
    static let caller = "ak_" + String(repeating: "07", count: 16)

    let home: SampleVaultHome
    let entry: CatalogueEntry
    let desk: InferenceDesk
    let keys: MemoryServiceKeys

    init(_ model: ScriptedModel = .echo, keyLifetime: Int64 = 1000, concurrency: Int = 64) async throws {
        home = try SampleVaultHome()
        entry = try home.put()
        try home.grant(entry)
        var limits = InferenceDesk.Limits()
        limits.concurrency = concurrency
        keys = try home.vault.temporaryServiceKeys(for: entry, lifetime: keyLifetime)
        desk = try await InferenceDesk(
            home.vault, serving: entry, as: home.caller(),
            keys: keys, backend: model, limits: limits, now: home.home.clock.now)
    }

    var service: VerifyingKey<Purpose.Record> { home.identity.document.recordKey }

    /// A sealed request with what opens its answer.
    func seal(_ body: [UInt8], for caller: String = Self.caller) async throws -> SealedQuestion {
        let statement = try await ServiceKeyStatement.verify(
            desk.statement().record.bytes, of: home.identity.document.did.text, by: service, at: home.home.clock.now())
        var sealer = try RequestSealer(to: statement, caller: caller, operation: "chat/completions")
        let bytes = sealer.opening + (try sealer.seal(body, isLast: true))
        return SealedQuestion(bytes: bytes, opener: try sealer.awaitingResponse(verifiedBy: service))
    }

    /// All that a client and the service do for one question.
    func ask(_ body: [UInt8]) async throws -> (body: [UInt8], proof: ResponseOpener.Proof) {
        let question = try await seal(body)
        let opened = try await desk.open(question.bytes, from: Self.caller)
        let sent = Mutex<[UInt8]>([])
        try await desk.answer(opened) { bytes in sent.withLock { $0 += bytes } }
        return try question.read(sent.withLock { $0 })
    }
}

struct SealedQuestion: ~Copyable {
    let bytes: [UInt8]
    let opener: ResponseOpener

    init(bytes: [UInt8], opener: consuming ResponseOpener) {
        self.bytes = bytes
        self.opener = opener
    }

    consuming func read(_ answer: [UInt8]) throws -> (body: [UInt8], proof: ResponseOpener.Proof) {
        var opener = opener
        var body: [UInt8] = []
        for part in try opener.receive(answer) {
            if case .body(let more) = part { body += more }
        }
        return (body, try opener.finish())
    }
}

/// Votes for everything, unless it is frozen.
final class FreezingCommittee: VaultAuthority {
    private let isFrozen = Mutex(false)

    func freeze(_ value: Bool) { isFrozen.withLock { $0 = value } }

    func word(on manifest: ManifestDigest, for agent: String, at _: UTCTime) async throws -> VaultWord {
        VaultWord(writ: Committee.writ, isFrozen: isFrozen.withLock { $0 })
    }
}
