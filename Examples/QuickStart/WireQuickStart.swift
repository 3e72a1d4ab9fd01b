import ChanceryWire

/// Strict JSON in, canonical bytes out. Depends on nothing, not even on Foundation.
func wireQuickStart() throws {
    // Number kinds are kept: `1.0` and `1` are different values of one JSON type.
    let value = try JSONParser.parse(#"{"total": 1.0, "agent": "clerk"}"#)

    // What is hashed and signed: RFC 8785 for our records, the AISS-1 form for AISS-1 events.
    print(String(decoding: try CanonicalForm.jcs.encode(value), as: UTF8.self))  // {"agent":"clerk","total":1}
    print(String(decoding: try CanonicalForm.aiss1.encode(value), as: UTF8.self))  // {"agent":"clerk","total":1.0}

    // Errors have a stable code and say where the input stopped making sense.
    do {
        _ = try JSONParser.parse(#"{"a": 1, "a": 2}"#)
    } catch {
        print(error.code, "at byte", error.offset ?? 0)  // wire.duplicate_key at byte 0
    }

    // A reader that refuses whatever nobody asked for.
    var reader = try RecordReader(value, "order")
    let agent = try reader.string("agent", limit: 64)
    _ = try reader.value("total")
    try reader.finish()
    print(agent)
}
