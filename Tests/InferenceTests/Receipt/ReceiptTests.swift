import ChanceryInference
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct ReceiptTests {
    @Test
    func `the hashes of a receipt are those that the specification says`() throws {
        let service = try SampleService()
        let body = Array("what was asked".utf8)
        let request = try service.request(body)
        let sent = request.bytes
        let parts = [Array("what ".utf8), Array("was said".utf8)]
        let frames = try service.answer(try service.open(sent).sealer(), parts)
        let (_, proof) = try AnswerSample(frames: frames, opener: request.opener()).read()
        func hash(_ label: String, _ bytes: [UInt8]) -> [UInt8] { Digest.sha3_256(Array(label.utf8) + [0] + bytes) }
        let terms = proof.receipt.terms
        let operation = Array("embeddings".utf8)
        #expect(terms.sealedRequest == hash("chancery/inference-sealed-request/v1", sent))
        #expect(
            terms.requestCommitment
                == hash("chancery/inference-request/v1", proof.salt + [UInt8(operation.count)] + operation + body))
        #expect(
            terms.sealedResponse == hash("chancery/inference-sealed-response/v1", frames.dropLast().flatMap { $0 }))
        let head = [0, 200] + Array("application/json".utf8)
        #expect(
            terms.responseCommitment
                == hash(
                    "chancery/inference-response/v1", proof.salt + [UInt8(head.count)] + head + parts.flatMap { $0 }))
        #expect(terms.requestBytes == Int64(body.count) && terms.responseBytes == 13 && terms.frames == 3)
    }

    @Test
    func `a receipt is the service's alone, whole and unchanged`() throws {
        let service = try SampleService()
        let receipt = try service.exchange().read().proof.receipt
        let bytes = receipt.record.bytes
        #expect(try InferenceReceipt.verify(bytes, by: service.signer.publicKey).terms == receipt.terms)
        #expect(
            code { _ = try InferenceReceipt.verify(bytes, by: SampleService.signer(8).publicKey) } == "suite.invalid_signature")
        for flip in bitFlips(of: bytes) {
            #expect(
                code { _ = try InferenceReceipt.verify(bytes.flipping(flip.byte, flip.bit), by: service.signer.publicKey) }
                    != nil, "\(flip)")
        }
    }
}
