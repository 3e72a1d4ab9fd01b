import ChanceryInference
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct ResponseTests {
    let service: SampleService

    init() throws { service = try SampleService() }

    @Test(arguments: [1, 31, 32, 33, 500, 100_000])
    func `an answer opens to what was said, in whatever pieces it comes`(piece: Int) throws {
        let parts = [[1, 2, 3], SampleService.bytes(4, 70_000), [9]]
        let (body, proof) = try service.exchange(parts).read(pieces: piece)
        #expect(body == parts.flatMap { $0 })
        #expect(proof.receipt.terms.responseBytes == 70_004)
        #expect(proof.receipt.terms.status == 200)
    }

    @Test
    func `two answers to two requests share no bytes`() throws {
        let (first, second) = (try service.exchange().frames, try service.exchange().frames)
        #expect(first[1] != second[1])
    }

    @Test
    func `a stream that is cut is an error wherever it was cut`() throws {
        let whole = try service.exchange([[1]]).frames.flatMap { $0 }
        for length in stride(from: 0, to: whole.count, by: 37) {
            let found = code {
                _ = try service.exchange([[1]]).read { frames in [Array(frames.flatMap { $0 }[..<length])] }
            }
            #expect(found == "inference.truncated", "\(length): \(found ?? "accepted")")
        }
    }

    @Test(arguments: [
        ([0, 2, 1, 3], "inference.open_failed"), ([0, 1, 1, 2, 3], "inference.open_failed"),
        ([0, 2, 3], "inference.open_failed"),
        ([0, 1, 3], "inference.open_failed"), ([0, 1, 2], "inference.truncated"), ([0, 1, 2, 3, 3], "inference.frame_order"),
        ([0, 1, 2, 3, 1], "inference.frame_order"), ([0, 3], "inference.open_failed"),
    ])
    func `frames in another order, twice, left out or after the end are refused`(order: [Int], expected: String) throws {
        let found = code { _ = try service.exchange().read { frames in order.map { frames[$0] } } }
        #expect(found == expected)
    }

    @Test
    func `every changed byte is refused`() async throws {
        let service = service
        let count = try service.exchange().frames.flatMap { $0 }.count
        // Ed25519 and ML-DSA make the receipt long: every place of the rest, and every seventh of it.
        let places = Array(0..<600) + Array(stride(from: 600, to: count, by: 7))
        let wrong = await inParallel(places) { place -> String? in
            let found = code {
                _ = try service.exchange().read { frames in
                    var bytes = frames.flatMap { $0 }
                    if place < bytes.count { bytes[place] ^= 1 << UInt8(place % 8) }
                    return [bytes]
                }
            }
            return found?.hasPrefix("inference.") == true ? nil : "\(place): \(found ?? "accepted")"
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }

    @Test
    func `the answer to one request does not open as the answer to another`() throws {
        let other = try service.exchange().frames
        #expect(code { _ = try service.exchange().read { _ in other } } == "inference.open_failed")
    }

    @Test(arguments: [InferenceOutcome.backendFailed, .permitEnded, .clientLeft])
    func `an answer that the service calls incomplete is an error`(outcome: InferenceOutcome) throws {
        let request = try service.request()
        let bytes = request.bytes
        let frames = try service.answer(try service.open(bytes).sealer(), outcome: outcome)
        let answer = AnswerSample(frames: frames, opener: request.opener())
        do {
            _ = try answer.read()
            Issue.record("accepted")
        } catch let error as InferenceError {
            #expect(error.reason == .answerIncomplete)
        }
    }

    @Test
    func `a receipt under another key is refused`() throws {
        let request = try service.request()
        let bytes = request.bytes
        let frames = try service.answer(try service.open(bytes).sealer(), signer: SampleService.signer(8))
        let answer = AnswerSample(frames: frames, opener: request.opener())
        do {
            _ = try answer.read()
            Issue.record("accepted")
        } catch let error as SuiteError {
            #expect(error.reason == .invalidSignature)
        }
    }

    @Test
    func `a sealer takes its steps in order only`() throws {
        var sealer = try service.open(try service.request().bytes).sealer()
        func reason(_ body: (inout ResponseSealer) throws -> Void) -> InferenceError.Reason? {
            do {
                try body(&sealer)
                return nil
            } catch { return (error as? InferenceError)?.reason }
        }
        #expect(reason { _ = try $0.seal([1]) } == .frameOrder)
        #expect(reason { _ = try $0.begin(status: 99, mediaType: "text/plain") } == .malformed)
        #expect(reason { _ = try $0.begin(status: 200, mediaType: "a\nb") } == .malformed)
        #expect(reason { _ = try $0.begin(status: 200, mediaType: "text/plain") } == nil)
        #expect(reason { _ = try $0.begin(status: 200, mediaType: "text/plain") } == .frameOrder)
        #expect(reason { _ = try $0.close(.completed, began: SampleService.start, ended: SampleService.start) } == nil)
        #expect(reason { _ = try $0.seal([1]) } == .frameOrder)
        #expect(reason { _ = try $0.close(.completed, began: SampleService.start, ended: SampleService.start) } == .frameOrder)
    }

    @Test
    func `an answer of another receipt is not ended`() throws {
        var first = try service.open(try service.request().bytes).sealer()
        var second = try service.open(try service.request().bytes).sealer()
        _ = try first.begin(status: 200, mediaType: "text/plain")
        _ = try second.begin(status: 200, mediaType: "text/plain")
        _ = try first.close(.completed, began: SampleService.start, ended: SampleService.start)
        let terms = try second.close(.completed, began: SampleService.start, ended: SampleService.start)
        do {
            _ = try first.end(with: InferenceReceipt.sign(terms, by: service.signer))
            Issue.record("ended")
        } catch let error as InferenceError {
            #expect(error.reason == .receiptMismatch)
        }
    }
}
