import ChanceryWire

/// Payloads like those of working agents.
enum SamplePayload {
    static let types = [
        "tool_call", "tool_result", "model_request", "model_response", "decision", "file_read", "file_write", "http_request",
        "message_sent", "message_received", "policy_check", "approval", "trade_executed", "plan_step", "error", "retry",
    ]

    /// The four members that the peer is measured with.
    static func trade(_ number: Int) -> JSONObject {
        member([
            ("event_type", "trade_executed"), ("symbol", "AAPL"), ("qty", .integer(Int64(number))), ("price", .double(150.25)),
        ])
    }

    /// Exactly 300 bytes of canonical JSON.
    static func step(_ number: Int) -> JSONObject {
        let head: [(String, JSONValue)] = [
            ("event_type", .string(types[number % types.count])), ("session_id", .string("session-\(number / 50)")),
            ("tool", "search"), ("duration_ms", .integer(Int64(number % 977))), ("confidence", .double(0.875)), ("ok", true),
            ("step", .integer(Int64(number))),
        ]
        // `"detail":"",` adds 12 bytes to the text itself.
        let used = (try? CanonicalForm.jcs.encode(member(head)).count) ?? 0
        let text = (0..<max(0, 300 - used - 12)).map { alphabet[($0 &* 7 &+ number) % alphabet.count] }
        return member(head + [("detail", .string(String(decoding: text, as: UTF8.self)))])
    }

    private static let alphabet = Array("the agent read the page and kept what it needed; ".utf8)

    private static func member(_ members: [(String, JSONValue)]) -> JSONObject {
        JSONObject(members.map { JSONObject.Member(name: $0.0, value: $0.1) })
    }
}
