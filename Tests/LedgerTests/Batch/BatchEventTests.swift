import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct BatchEventTests {
    private let agent: AgentID
    private let golden: [UInt8]

    init() throws {
        agent = try AgentID("Gvm8i5UuTd3r8Qf22Z3YQATiszFGnQn3")
        golden = Array(
            (#"{"agent_id":"Gvm8i5UuTd3r8Qf22Z3YQATiszFGnQn3","nonce":"n-1","payload":{"event_type":"step","value":1.5},"#
                + #""previous_hash":""# + String(repeating: "0f", count: 64)
                + #"","timestamp":1790000000,"version":"chancery/batch-event/v1"}"#).utf8)
    }

    private func refusal(_ bytes: [UInt8]) -> String? { code { _ = try BatchEvent(decoding: bytes) } }

    @Test func `golden bytes stay what they are`() throws {
        let event = try BatchEvent(
            agentID: agent, timestamp: 1_790_000_000, nonce: "n-1",
            payload: JSONObject([.init(name: "value", value: .double(1.5)), .init(name: "event_type", value: "step")]),
            previousHash: String(repeating: "0f", count: 64))
        #expect(event.bytes == golden)
        #expect(try BatchEvent(decoding: golden) == event)
        #expect(event.hash == Hex.encode(Digest.sha512(golden)))
        #expect(event.eventType == "step")
    }

    @Test func `every truncation is refused`() {
        for count in 0..<golden.count {
            #expect(refusal(Array(golden[..<count])) == "ledger.batch_event_malformed", "\(count) bytes")
        }
        #expect(refusal(golden + [0x20]) == "ledger.batch_event_malformed")
    }

    @Test func `every single-bit flip is refused or gives another event`() {
        for flip in bitFlips(of: golden, thinning: 1 << 20) {
            let bytes = golden.flipping(flip.byte, flip.bit)
            guard let event = try? BatchEvent(decoding: bytes) else {
                #expect(refusal(bytes) == "ledger.batch_event_malformed", "byte \(flip.byte) bit \(flip.bit)")
                continue
            }
            #expect(event.bytes == bytes && event.hash == Hex.encode(Digest.sha512(bytes)))
            #expect(event.leaf(at: 0) != (try? BatchEvent(decoding: golden).leaf(at: 0)))
        }
    }

    @Test(arguments: [
        (#""agent_id""#, #""agent_iD""#), ("1790000000", "-1"), ("1790000000", "1790000000.0"), ("1790000000", "1e9"),
        ("1790000000", "9007199254740992"), (#""n-1""#, #""""#), (#""n-1""#, #""n 1""#), (#""n-1""#, #""n\"1""#),
        (#""n-1""#, "1"), ("0f0f", "0F0f"), ("0f0f", "0f0"), (#"{"event_type":"step","value":1.5}"#, "[]"),
        ("batch-event/v1", "batch-event/v2"), ("1.5", "1.50"), (",\"timestamp\"", ",\"more\":1,\"timestamp\""),
        (",\"timestamp\"", ", \"timestamp\""), (#","value":1.5"#, #","event_type":"step""#),
    ])
    func `a changed member is refused`(old: String, new: String) {
        let bytes = golden.replacing(old, by: new)
        #expect(bytes != golden)
        #expect(refusal(bytes) == "ledger.batch_event_malformed", "`\(old)` to `\(new)`")
    }

    @Test func `members in another order are refused`() {
        let text = String(decoding: golden, as: UTF8.self)
        let moved =
            "{\"version\":\"chancery/batch-event/v1\","
            + text.dropFirst().replacing(",\"version\":\"chancery/batch-event/v1\"", with: "")
        #expect(refusal(Array(moved.utf8)) == "ledger.batch_event_malformed")
    }

    @Test func `what no reader accepts is not made`() throws {
        func refusal(time: Int64 = 1, nonce: String = "n", previous: String = String(repeating: "0", count: 128)) -> String? {
            code {
                _ = try BatchEvent(
                    agentID: agent, timestamp: time, nonce: nonce, payload: JSONObject(), previousHash: previous)
            }
        }
        #expect(refusal() == nil)
        for nonce in ["", " ", "a\"", "a\\", "é", "a\u{7f}", String(repeating: "a", count: 129)] {
            #expect(refusal(nonce: nonce) == "ledger.batch_event_malformed", "\(nonce)")
        }
        #expect(refusal(time: -1) == "ledger.batch_event_malformed")
        #expect(refusal(time: 1 << 53) == "ledger.batch_event_malformed")
        #expect(refusal(previous: "") == "ledger.batch_event_malformed")
        #expect(refusal(previous: String(repeating: "A", count: 128)) == "ledger.batch_event_malformed")
    }

    @Test(arguments: [1, 30, 62, 63, 64, 100])
    func `whatever is made can be read again, at any depth`(depth: Int) throws {
        var value: JSONValue = [:]
        for _ in 0..<depth { value = ["a": value] }
        let payload = try #require(value.object)
        let made = try? BatchEvent(
            agentID: agent, timestamp: 1, nonce: "n", payload: payload, previousHash: String(repeating: "0", count: 128))
        guard let made else { return #expect(depth > 60, "depth \(depth) was refused") }
        #expect(refusal(made.bytes) == nil, "depth \(depth)")
    }

    @Test func `an event of more than a mebibyte is neither made nor read`() throws {
        let text = String(repeating: "a", count: 1 << 20)
        let payload = JSONObject([.init(name: "text", value: .string(text))])
        #expect(throws: LedgerError.self) {
            try BatchEvent(
                agentID: agent, timestamp: 1, nonce: "n", payload: payload, previousHash: String(repeating: "0", count: 128))
        }
        let bytes = golden.replacing("1.5", by: "\"\(text)\"")
        #expect(refusal(bytes) == "ledger.batch_event_malformed")
    }

    @Test func `a leaf binds the position`() throws {
        let event = try BatchEvent(decoding: golden)
        let input = [0, 0, 0, 0, 0, 0, 1, 2] + golden
        #expect(event.leaf(at: 258) == Digest256.sha256(prefix: 0, input))
        #expect(event.leaf(at: 258) != event.leaf(at: 259))
    }
}
