import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct EventTests {
    private static let goldenKeys = try? AISSKeys(classical: Hex.decode(Golden.aiss1Key))
    private static let hybrid: (agent: TestAgent, bytes: [UInt8])? = try? {
        let agent = try TestAgent(.native)
        return (agent, try agent.event(after: nil, .aiss21).encoded())
    }()

    @Test func `the golden event has its hash, its signature and its own bytes`() throws {
        let event = try Event(decoding: Golden.aiss1)
        #expect(event.hash == Golden.aiss1Hash)
        #expect(try event.encoded() == Golden.aiss1)
        #expect(event.eventType == "agent_initialized")
        try #require(Self.goldenKeys).verify(event)
    }

    @Test(arguments: 0..<Golden.aiss1.count)
    func `every truncation of an AISS-1 event is refused`(length: Int) {
        let error = #expect(throws: LedgerError.self) { try Event(decoding: Array(Golden.aiss1[..<length])) }
        #expect(error?.reason == .eventMalformed)
    }

    /// Refused when decoding, or false under the key.
    private static func isRefused(_ bytes: [UInt8], _ keys: AISSKeys) -> Bool {
        do {
            try keys.verify(Event(decoding: bytes))
            return false
        } catch {
            return error.code.hasPrefix("ledger.")
        }
    }

    @Test func `every single-bit flip of an AISS-1 event is refused`() throws {
        let keys = try #require(Self.goldenKeys)
        for position in 0..<Golden.aiss1.count * 8 {
            var flipped = Golden.aiss1
            flipped[position / 8] ^= 1 << UInt8(position % 8)
            #expect(Self.isRefused(flipped, keys), "bit \(position)")
        }
    }

    @Test func `every truncation and single-bit flip of an AISS-2.1 event is refused outside its detached timestamp`() throws {
        let (agent, bytes) = try #require(Self.hybrid)
        for length in bytes.indices {
            #expect(throws: LedgerError.self, "length \(length)") { try Event(decoding: Array(bytes[..<length])) }
        }
        let detached = Array(#""trusted_timestamp":{"status":"pending"}"#.utf8)
        let start = try #require(bytes.indices.first { bytes[$0...].starts(with: detached) })
        for position in bytes.indices where !(start..<start + detached.count).contains(position) {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[position] ^= 1 << UInt8(bit)
                #expect(Self.isRefused(flipped, agent.identity.keys), "byte \(position) bit \(bit)")
            }
        }
    }

    @Test(arguments: ["version", "agent_id", "timestamp", "nonce", "payload", "previous_hash", "signature"])
    func `an event without a required member is refused`(name: String) throws {
        var object = try Event(decoding: Golden.aiss1).object
        object[name] = nil
        #expect(throws: LedgerError.self) { try Event(object) }
    }

    static let wrong: [(String, JSONValue)] = [
        ("version", 1), ("version", "AISS-9.9"), ("version", "AISS-1.0 "), ("agent_id", "Gvm8"), ("agent_id", 5),
        ("agent_id", "0vm8i5UuTd3r8Qf22Z3YQATiszFGnQn3"), ("timestamp", -1), ("timestamp", .double(1)), ("timestamp", "1"),
        ("timestamp", .integer(1 << 53)), ("nonce", ""), ("nonce", "a b"), ("nonce", "é"),
        ("nonce", .string(String(repeating: "n", count: 129))), ("nonce", .null), ("payload", []), ("payload", .null),
        ("previous_hash", 7), ("previous_hash", .string(String(repeating: "a", count: 129))), ("signature", .null),
        ("signature", ""), ("signatures", JSONValue.object(JSONObject())),
    ]

    @Test(arguments: wrong)
    func `a member of a wrong type or beyond its limits is refused`(name: String, value: JSONValue) throws {
        var object = try Event(decoding: Golden.aiss1).object
        object[name] = value
        #expect(throws: LedgerError.self) { try Event(object) }
    }

    @Test func `an unknown version has its own reason`() throws {
        var object = try Event(decoding: Golden.aiss1).object
        object["version"] = "AISS-3.0"
        let error = #expect(throws: LedgerError.self) { try Event(object) }
        #expect(error?.reason == .eventVersionUnknown)
    }

    @Test(arguments: ["!", " ", "\n", "=", "A"])
    func `junk in a signature text is refused`(junk: String) throws {
        var object = try Event(decoding: Golden.aiss1).object
        let text = try #require(object["signature"]?.string)
        for changed in [text + junk, junk + text, text.prefix(10) + junk + text.dropFirst(10)] {
            object["signature"] = .string(String(changed))
            let error = #expect(throws: LedgerError.self) { try Event(object) }
            #expect(error?.reason == .eventSignatureMalformed)
        }
    }

    @Test func `a hybrid event without its post-quantum half is refused`() throws {
        let (_, bytes) = try #require(Self.hybrid)
        var object = try Event(decoding: bytes).object
        for half in ["classical", "post_quantum"] {
            var signatures = try #require(object["signatures"]?.object)
            signatures[half] = nil
            object["signatures"] = .object(signatures)
            let error = #expect(throws: LedgerError.self) { try Event(object) }
            #expect(error?.reason == .eventSignatureMalformed)
        }
    }

    @Test func `a hybrid event is not valid under the classical key alone`() throws {
        let (agent, bytes) = try #require(Self.hybrid)
        let keys = try AISSKeys(classical: agent.identity.keys.classical)
        #expect(throws: LedgerError.self) { try keys.verify(Event(decoding: bytes)) }
        // With another ML-DSA key the Ed25519 half stands and the whole does not.
        let other = try AISSKeys(
            classical: agent.identity.keys.classical, postQuantum: TestAgent(.native, seed: 9).identity.keys.postQuantum)
        #expect(throws: LedgerError.self) { try other.verify(Event(decoding: bytes)) }
    }

    @Test func `the detached timestamp changes neither hash nor signature, any other member does`() throws {
        let event = try Event(decoding: Golden.aiss1)
        var stamped = event.object
        stamped["trusted_timestamp"] = ["status": "granted", "x": .double(1.5)]
        #expect(try Event(stamped).hash == event.hash)
        var extended = event.object
        extended["extra"] = 1
        let changed = try Event(extended)
        #expect(changed.hash != event.hash)
        #expect(throws: LedgerError.self) { try #require(Self.goldenKeys).verify(changed) }
    }

    @Test(arguments: ["long", "deep"])
    func `an unsigned member makes no event that cannot be read again`(kind: String) throws {
        var object = try Event(decoding: Golden.aiss1).object
        var value: JSONValue = .string(String(repeating: "x", count: Event.maximumBytes))
        if kind == "deep" { value = (0..<Event.maximumDepth).reduce(.null) { value, _ in .array([value]) } }
        object["trusted_timestamp"] = ["status": value]
        #expect(code { _ = try Event(object) } == "ledger.event_malformed")
    }
}
