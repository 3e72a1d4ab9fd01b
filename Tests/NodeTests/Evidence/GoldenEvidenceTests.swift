import ChanceryEvidence
import ChanceryWire
import Foundation
import TestKit
import Testing

/// Files of each question, made once: later versions of the product must come to the same.
struct GoldenEvidenceTests {
    private static func golden(_ name: String) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
        return try Array(Data(contentsOf: folder.appendingPathComponent(name)))
    }

    @Test(arguments: ["action", "event", "period", "decision"])
    func `a file of each question comes to the grade of the day it was made`(name: String) throws {
        let expected = try #require(try JSONParser.parse(Self.golden("pins.json"))[name])
        let pins = try #require(expected["pins"]?.array).compactMap(\.string)
        let bytes = try Self.golden("\(name).evidence.json")
        let report = EvidenceVerifier(pins: try EvidencePins(pins)).verify(bytes)
        #expect(report.refusal == nil && report.grade?.rawValue == expected["grade"]?.string)
        #expect(report.question?.name == name && report.steps.allSatisfy { $0.verdict != .fails })
        #expect(try Evidence(decoding: bytes).encoded() == bytes)
    }

    @Test func `the bytes of the page are refused at the log and not before`() throws {
        let content =
            #"{"checkpoint":"","claims":{"grade":"A"},"keys":[],"parties":{"agent":null,"federation":"0000000000000000000000000000000000000000000000000000000000000000","gate":null},"question":{"slot":1,"type":"decision"},"records":[]}"#
        let digest = "075364f83a0c90f9905cc621c5e988cf14db586c72aeb987c589d724d2e021dd"
        let bytes = Array(#"{"content":\#(content),"digest":"\#(digest)","type":"chancery/evidence/v1"}"#.utf8)
        #expect(try Evidence(decoding: bytes).encoded() == bytes)
        #expect(EvidenceVerifier().verify(bytes).refusal?.step == "log")
    }
}
