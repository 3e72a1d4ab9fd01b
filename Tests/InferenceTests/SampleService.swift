import ChanceryInference
import ChancerySuite
import ChanceryVault
import ChanceryWire

/// A service and its client in one process, from fixed keys.
struct SampleService {
    static let did = "did:pqaid:" + String(repeating: "ab", count: 32)
    static let caller = "ak_" + String(repeating: "07", count: 16)
    static let start = UTCTime(seconds: 1_790_000_000)

    let signer: SigningKey<Purpose.Record>
    let key: ServiceKey
    var statement: ServiceKeyStatement { key.statement }

    static func bytes(_ number: Int, _ count: Int = 32) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += Digest.sha3_256(Array("inference \(number) \(bytes.count)".utf8)) }
        return Array(bytes[..<count])
    }

    static func secret(_ number: Int, _ count: Int = 32) -> SecretBytes {
        var bytes = bytes(number, count)
        return SecretBytes(erasing: &bytes)
    }

    static func signer(_ number: Int = 1) throws -> SigningKey<Purpose.Record> {
        try SigningKey(.hybrid, seed: secret(number, SignatureSuite.hybrid.seedBytes))
    }

    init(key number: Int = 2, model: Int = 3, tier: PrivacyTier = .sealed, lifetime: Int64 = 3600) throws {
        signer = try Self.signer()
        let key = try DecapsulationKey(.xWing, seed: Self.secret(number))
        let terms = try ServiceKeyStatement.Terms(
            service: Self.did, key: EncapsulationKey(.xWing, key.publicKey), model: ManifestDigest(Self.bytes(model)),
            name: ArtifactName("minilm"), tier: tier, generation: 1, from: Self.start,
            until: Self.start.advanced(bySeconds: lifetime))
        self.key = try ServiceKey(ServiceKeyStatement.sign(terms, by: signer), key)
    }

    /// A sealed request, and what opens its answer.
    func request(
        _ body: [UInt8] = Array(#"{"input":"hello"}"#.utf8), operation: String = "embeddings",
        to other: ServiceKeyStatement? = nil
    ) throws -> SealedSample {
        var sealer = try RequestSealer(to: other ?? statement, caller: Self.caller, operation: operation)
        let bytes = sealer.opening + (try sealer.seal(body, isLast: true))
        return SealedSample(bytes: bytes, answer: try sealer.awaitingResponse(verifiedBy: signer.publicKey))
    }

    /// What a service does with a request that came whole: the body, and the sealer of its answer.
    func open(_ bytes: [UInt8], with key: ServiceKey? = nil, limit: Int64 = 1 << 20) throws -> OpenedSample {
        let head = try RequestHead(startOf: bytes)
        let start = RequestOpener.startBytes(head)
        guard bytes.count >= start else { throw InferenceError(.truncated, "short") }
        var opener = try RequestOpener(Array(bytes[..<start]), with: key ?? self.key, limit: limit)
        let body = try opener.receive(Array(bytes[start...]))
        return OpenedSample(body: body, answer: try opener.finish())
    }

    /// A whole answer in the frames that carry it: nonce and head, each part, receipt.
    func answer(
        _ sealer: consuming ResponseSealer, _ parts: [[UInt8]] = [Array("one ".utf8), Array("two".utf8)],
        outcome: InferenceOutcome = .completed, signer other: SigningKey<Purpose.Record>? = nil
    ) throws -> [[UInt8]] {
        var frames = [try sealer.begin(status: 200, mediaType: "application/json")]
        for part in parts { frames.append(try sealer.seal(part)) }
        let terms = try sealer.close(outcome, began: Self.start, ended: Self.start.advanced(bySeconds: 1))
        frames.append(try sealer.end(with: InferenceReceipt.sign(terms, by: other ?? signer)))
        return frames
    }

    /// The frames of an answer to a fresh request, and what opens them.
    func exchange(_ parts: [[UInt8]] = [Array("one ".utf8), Array("two".utf8)]) throws -> AnswerSample {
        let request = try request()
        let bytes = request.bytes
        return AnswerSample(frames: try answer(try open(bytes).sealer(), parts), opener: request.opener())
    }
}

struct SealedSample: ~Copyable {
    let bytes: [UInt8]
    let answer: ResponseOpener
    consuming func opener() -> ResponseOpener { answer }
}

struct OpenedSample: ~Copyable {
    let body: [UInt8]
    let answer: ResponseSealer
    consuming func sealer() -> ResponseSealer { answer }
}

struct AnswerSample: ~Copyable {
    let frames: [[UInt8]]
    let answer: ResponseOpener

    init(frames: [[UInt8]], opener: consuming ResponseOpener) {
        self.frames = frames
        answer = opener
    }

    consuming func opener() -> ResponseOpener { answer }

    /// The body of what `change` makes of the frames, received piece by piece.
    consuming func read(_ change: ([[UInt8]]) -> [[UInt8]] = { $0 }, pieces: Int = .max) throws -> (
        body: [UInt8], proof: ResponseOpener.Proof
    ) {
        let bytes = change(frames).flatMap { $0 }
        var opener = answer
        var body: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, pieces == .max ? bytes.count : start + pieces)
            for part in try opener.receive(Array(bytes[start..<end])) {
                if case .body(let more) = part { body += more }
            }
            start = end
        }
        return (body, try opener.finish())
    }
}
