import ChanceryInference
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Foundation
import TestKit
import Testing

/// Recorded bytes of docs/spec/inference.md: what opens once opens for ever.
struct GoldenTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

    static func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appendingPathComponent(name))) }

    static func signer() throws -> SigningKey<Purpose.Record> {
        try SigningKey(.hybrid, seed: filled(7, SignatureSuite.hybrid.seedBytes))
    }

    static func filled(_ byte: UInt8, _ count: Int) -> SecretBytes {
        var bytes = [UInt8](repeating: byte, count: count)
        return SecretBytes(erasing: &bytes)
    }

    static func key() throws -> ServiceKey {
        let statement = try ServiceKeyStatement.verify(
            bytes("statement.json"), of: SampleService.did, by: signer().publicKey, at: SampleService.start)
        return try ServiceKey(statement, DecapsulationKey(.xWing, seed: filled(9, 32)))
    }

    static let said = [Array("{\"data\":".utf8), [UInt8](repeating: 0x20, count: 300), Array("[1]}".utf8)]

    @Test
    func `the recorded request opens to what it says`() throws {
        let (request, key) = (try Self.bytes("request.bin"), try Self.key())
        let start = RequestOpener.startBytes(try RequestHead(startOf: request))
        var opener = try RequestOpener(Array(request[..<start]), with: key, limit: 4096)
        #expect(try opener.receive(Array(request[start...])) == Array(#"{"input":"a trust that can be checked"}"#.utf8))
        #expect(opener.operation == "embeddings")
        #expect(opener.head.id == [UInt8](repeating: 5, count: 16))
    }

    @Test
    func `the recorded answer is sealed to the same bytes again`() throws {
        let (request, key) = (try Self.bytes("request.bin"), try Self.key())
        let start = RequestOpener.startBytes(try RequestHead(startOf: request))
        var opener = try RequestOpener(Array(request[..<start]), with: key, limit: 4096)
        _ = try opener.receive(Array(request[start...]))
        var sealer = try opener.finish(nonce: [UInt8](repeating: 6, count: 32))
        var answer = try sealer.begin(status: 200, mediaType: "application/json")
        for part in Self.said { answer += try sealer.seal(part) }
        let receipt = try InferenceReceipt.verify(Self.bytes("receipt.json"), by: Self.signer().publicKey)
        let terms = try sealer.close(.completed, began: receipt.terms.began, ended: receipt.terms.ended)
        #expect(terms == receipt.terms)
        answer += try sealer.end(with: receipt)
        #expect(answer == (try Self.bytes("response.bin")))
    }
}
