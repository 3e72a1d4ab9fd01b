import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

struct PayloadPrivacyTests {
    private func object(_ text: String) throws -> JSONObject { try #require(try JSONParser.parse(text).object) }

    private func hash(_ text: String) -> JSONValue { .string(Hex.encode(Digest.sha256(Array(text.utf8)))) }

    @Test func `names stay, values become hashes of their portable text`() throws {
        let payload = try object(
            #"{"action":"BUY","patient_id":"P1","note_hash":"ff","session_id":"s","n":1.0,"ok":true,"none":null,"list":[1,"a"]}"#
        )
        let shown = try PayloadPrivacy.disclose(payload)
        #expect(
            shown.names == [
                "action_hash", "patient_id", "note_hash", "session_id", "n_hash", "ok_hash", "none_hash", "list_hash",
            ])
        #expect(shown["action_hash"] == hash("BUY") && shown["patient_id"] == "P1" && shown["note_hash"] == "ff")
        #expect(shown["n_hash"] == hash("1") && shown["ok_hash"] == hash("true") && shown["none_hash"] == hash("null"))
        #expect(shown["list_hash"] == hash(#"[1,"a"]"#))
    }

    @Test func `clear keys stay readable, by their exact bytes`() throws {
        let payload = try object(#"{"caf\u00e9":1,"b":2}"#)
        #expect(try PayloadPrivacy.disclose(payload, clear: ["b", "caf\u{e9}"]) == payload)
        // The decomposed form is another key.
        #expect(try PayloadPrivacy.disclose(payload, clear: ["b", "cafe\u{301}"])["caf\u{e9}"] == nil)
    }

    @Test(arguments: [#"{"a":1,"a_hash":"ff"}"#, #"{"a_hash":"ff","a":1}"#])
    func `a key that would hide another is refused`(text: String) throws {
        let payload = try object(text)
        #expect(refusal { _ = try PayloadPrivacy.disclose(payload) } == "ledger.payload_collision")
        #expect(refusal { _ = try PayloadPrivacy.disclose(payload, clear: ["a"]) } == nil)
    }

    @Test func `values without a portable form are refused`() throws {
        let payload = try object(#"{"a":9007199254740993}"#)
        #expect(refusal { _ = try PayloadPrivacy.disclose(payload) } == "ledger.payload_not_portable")
        #expect(refusal { _ = try PayloadPrivacy.hash(payload) } == "ledger.payload_not_portable")
        let deep = { (levels: Int) in
            JSONObject([.init(name: "a", value: (1..<levels).reduce(JSONValue.integer(1)) { value, _ in .array([value]) })])
        }
        #expect(refusal { _ = try PayloadPrivacy.hash(deep(32)) } == nil)
        #expect(refusal { _ = try PayloadPrivacy.hash(deep(33)) } == "ledger.payload_not_portable")
    }
}
