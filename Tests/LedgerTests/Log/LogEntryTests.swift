import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

struct LogEntryTests {
    static let golden = Array(
        (#"{"id":"000102ff","sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","#
            + #""type":"chancery/batch-seal/v1"}"#).utf8)

    @Test func `the bytes are the golden ones and RFC 8785`() throws {
        let entry = try LogEntry(type: "chancery/batch-seal/v1", id: [0, 1, 2, 255], envelope: Array("abc".utf8))
        #expect(entry.encoded == Self.golden)
        #expect(try LogEntry(decoding: Self.golden) == entry)
        #expect(entry.leafHash == MerkleTree.leafHash(Self.golden))
        var numbers = SeededNumbers(seed: 7)
        for _ in 0..<300 {
            let id = (0..<Int.random(in: 1...64, using: &numbers)).map { _ in UInt8.random(in: 0...255, using: &numbers) }
            let letters = (0..<Int.random(in: 1...255, using: &numbers)).map { _ in
                UInt8.random(in: 0x21...0x7e, using: &numbers)
            }.filter { $0 != 0x22 && $0 != 0x5c }
            let type = "t" + String(decoding: letters.dropLast(), as: UTF8.self)
            let entry = try LogEntry(type: type, id: id, envelope: id)
            let value: JSONValue = [
                "type": .string(type), "id": .string(Hex.encode(id)), "sha256": .string(Hex.encode(Digest.sha256(id))),
            ]
            #expect(try CanonicalForm.jcs.encode(value) == entry.encoded)
            #expect(try LogEntry(decoding: entry.encoded) == entry)
        }
    }

    @Test func `every truncation is refused and every changed bit is refused or another entry`() throws {
        let entry = try LogEntry(decoding: Self.golden)
        for length in 0..<Self.golden.count {
            #expect(throws: WireError.self) { try LogEntry(decoding: Array(Self.golden[..<length])) }
        }
        for bit in 0..<Self.golden.count * 8 {
            var changed = Self.golden
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            if let other = try? LogEntry(decoding: changed) {
                #expect(other != entry)
                #expect(other.encoded == changed)
            }
        }
        #expect(throws: WireError.self) { try LogEntry(decoding: Self.golden + [0x20]) }
    }

    @Test(arguments: ["", "a b", "a\"b", "a\\b", "é", "a\n", String(repeating: "x", count: 256)])
    func `a type that JSON would escape is refused`(type: String) {
        #expect(throws: WireError.self) { try LogEntry(type: type, id: [1], envelope: []) }
    }
}
