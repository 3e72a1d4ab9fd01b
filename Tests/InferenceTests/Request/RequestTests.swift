import ChanceryInference
import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

struct RequestTests {
    let service: SampleService

    init() throws { service = try SampleService() }

    @Test(arguments: [0, 1, 253, 254, 255, 32_766, 32_767, 100_000])
    func `a request opens to what was sealed`(count: Int) throws {
        let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let request = try service.request(body, operation: "chat/completions")
        let opened = try service.open(request.bytes)
        #expect(opened.body == body)
        #expect(opened.answer.operation == "chat/completions")
        #expect(opened.answer.head.caller == SampleService.caller)
    }

    @Test(arguments: [1, 7, 1000])
    func `a request opens in whatever pieces it comes`(piece: Int) throws {
        let body = SampleService.bytes(9, 70_000)
        let sealed = try service.request(body).bytes
        let start = RequestOpener.startBytes(try RequestHead(startOf: sealed))
        var opener = try RequestOpener(Array(sealed[..<start]), with: service.key, limit: 1 << 20)
        var opened: [UInt8] = []
        for first in stride(from: start, to: sealed.count, by: piece) {
            opened += try opener.receive(Array(sealed[first..<min(first + piece, sealed.count)]))
        }
        _ = try opener.finish()
        #expect(opened == body)
    }

    @Test
    func `what is sealed shows neither the operation nor the length of a short body`() throws {
        let (short, long) = (try service.request([1]).bytes, try service.request([UInt8](repeating: 1, count: 250)).bytes)
        #expect(short.count == long.count)
        #expect(short.firstRange(of: Array("embeddings".utf8)) == nil)
    }

    @Test
    func `every truncation is refused`() throws {
        let request = try service.request([UInt8](repeating: 7, count: 300)).bytes
        for length in 0..<request.count {
            let found = code { _ = try service.open(Array(request[..<length])) }
            #expect(found?.hasPrefix("inference.") == true, "\(length): \(found ?? "accepted")")
        }
    }

    @Test
    func `every changed byte is refused`() async throws {
        let (service, request) = (service, try service.request().bytes)
        // Each costs a decapsulation: every place, and one bit of it.
        let accepted = await inParallel(Array(0..<request.count)) { byte -> Int? in
            let found = code { _ = try service.open(request.flipping(byte, UInt8(byte % 8))) }
            return found?.hasPrefix("inference.") == true ? nil : byte
        }
        #expect(accepted.isEmpty, "\(accepted.prefix(5))")
    }

    @Test
    func `10,000 random mutations are refused`() async throws {
        let service = service
        let request = try service.request([UInt8](repeating: 7, count: 600)).bytes
        var mutator = Mutator("sealed requests", corpus: [request])
        var inputs: [[UInt8]] = []
        while inputs.count < 10_000 {
            let input = mutator.input()
            if input != request { inputs.append(input) }
        }
        let wrong = await inParallel(inputs) { input -> String? in
            let found = code { _ = try service.open(input) }
            return found?.hasPrefix("inference.") == true ? nil : found ?? "accepted"
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }

    @Test
    func `another key, model or tier opens nothing`() throws {
        let request = try service.request().bytes
        // The same statement cannot be had for another key, so these are other statements.
        for other in [try SampleService(key: 5), try SampleService(model: 6), try SampleService(tier: .open)] {
            #expect(code { _ = try other.open(request) } == "inference.other_service")
        }
        let head = try RequestHead(startOf: request)
        let model = 22 + 32 + 16
        #expect(head.bytes[model..<model + 32].elementsEqual(service.statement.terms.model.bytes))
        #expect(code { _ = try service.open(request.flipping(model, 0)) } == "inference.other_model")
        #expect(code { _ = try service.open(request.flipping(model + 32, 0)) } == "inference.tier_mismatch")
    }

    @Test
    func `a request that was sealed to another key under the same terms does not open`() throws {
        let terms = service.statement.terms
        let thief = try DecapsulationKey(.xWing, seed: SampleService.secret(5))
        let sealed = try EncapsulationKey(.xWing, thief.publicKey)
        let head = try RequestHead(service.statement, caller: SampleService.caller)
        var channel = try SealingChannel(to: sealed, info: head.bytes)
        let frame = [UInt8](repeating: 0, count: 256)
        let bytes =
            head.bytes + channel.encapsulatedKey + [1, 0, 0, 1, 16] + (try channel.seal(frame, authenticating: [1]))
        #expect(terms.key != sealed)
        #expect(code { _ = try service.open(bytes) } == "inference.open_failed")
    }

    @Test
    func `frames in another order, twice, left out or after the end are refused`() throws {
        let request = try service.request([UInt8](repeating: 1, count: 80_000)).bytes
        let start = RequestOpener.startBytes(try RequestHead(startOf: request))
        let frames = split(Array(request[start...]))
        #expect(frames.count == 4)
        let first = Array(request[..<start])
        func result(_ order: [Int]) -> String? {
            code { _ = try service.open(first + order.flatMap { frames[$0] }) }
        }
        #expect(result([0, 1, 2, 3]) == nil)
        for order in [[0, 2, 1, 3], [0, 1, 1, 2, 3], [0, 2, 3], [1, 2, 3], [0, 1, 3], [0, 0, 1, 2, 3]] {
            #expect(result(order) == "inference.open_failed", "\(order)")
        }
        #expect(result([0, 1, 2]) == "inference.truncated")
        #expect(result([0, 1, 2, 3, 3]) == "inference.frame_order")
        #expect(result([0, 1, 2, 3, 1]) == "inference.frame_order")
    }

    @Test
    func `a body beyond the limit is refused`() throws {
        let request = try service.request([UInt8](repeating: 1, count: 5000)).bytes
        #expect(code { _ = try service.open(request, limit: 4999) } == "inference.too_long")
        #expect(code { _ = try service.open(request, limit: 5000) } == nil)
    }

    @Test
    func `a sealer takes nothing after the last part, and waits for no answer before it`() throws {
        var sealer = try RequestSealer(to: service.statement, caller: "ak", operation: "embeddings")
        _ = try sealer.seal([1], isLast: true)
        let late = #expect(throws: InferenceError.self) { try sealer.seal([1], isLast: true) }
        #expect(late?.reason == .frameOrder)
        let open = try RequestSealer(to: service.statement, caller: "ak", operation: "embeddings")
        do {
            _ = try open.awaitingResponse(verifiedBy: service.signer.publicKey)
            Issue.record("waited")
        } catch let error as InferenceError {
            #expect(error.reason == .frameOrder)
        }
    }

    @Test(arguments: ["", "Chat", "a b", String(repeating: "a", count: 65), "é"])
    func `an operation of another form is not sealed`(operation: String) throws {
        #expect(
            code { _ = try RequestSealer(to: service.statement, caller: "ak", operation: operation) } == "inference.malformed")
    }
}

/// The frames of a stream.
func split(_ bytes: [UInt8]) -> [[UInt8]] {
    var frames: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
        let count = bytes[start + 1..<start + 5].reduce(0) { $0 << 8 | Int($1) }
        frames.append(Array(bytes[start..<start + 5 + count]))
        start += 5 + count
    }
    return frames
}
