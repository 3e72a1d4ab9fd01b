import ChanceryWire

/// Payloads of calls, of an exact size in canonical JSON.
enum ActionSample {
    /// An order of 100 bytes.
    static let order = padded(["qty": 100, "symbol": "AAPL"], to: 100)

    /// Messages in plain words, 4 KiB.
    static let prose = messages([words, "The order is for Ada, 14 pieces at 150.25, and may wait until Monday."])

    /// The same with what makes a text be read twice: accents, escapes, addresses, paths, Base64.
    static let mixed = messages([
        words, "Über die Bestellung, s'il vous plaît: https://shop.example/orders?id=4711&note=two%20words%2Fone",
        "See src/handlers/orders/export.swift, run 7f3c9a52-1d4e-4b8a-9c1f-2a6b7c8d9e0f, and the picture "
            + "aHR0cHM6Ly9zaG9wLmV4YW1wbGUvaW1hZ2VzLzQ3MTEucG5n in the last answer.",
    ])

    private static let words =
        "The agent read the page and kept what it needed; the rest was put away, and nobody asked for it again that day."

    private static func messages(_ texts: [String]) -> JSONObject {
        var messages: [JSONValue] = []
        var number = 0
        func payload() -> JSONObject { ["messages": .array(messages), "model": "planner", "temperature": .double(0.2)] }
        while size(payload()) < 3700 {
            messages.append(["content": .string(texts[number % texts.count]), "role": number % 2 == 0 ? "user" : "assistant"])
            number += 1
        }
        return padded(payload(), to: 4096)
    }

    /// `payload` with a note that fills it up to `count` bytes.
    private static func padded(_ payload: JSONObject, to count: Int) -> JSONObject {
        var payload = payload
        // `"note":"",` adds 10 bytes to the text itself.
        let missing = max(0, count - size(payload) - 10)
        let filling = Array(words.utf8)
        payload["note"] = .string(String(decoding: (0..<missing).map { filling[$0 % filling.count] }, as: UTF8.self))
        precondition(size(payload) == count, "the sample has \(size(payload)) bytes")
        return payload
    }

    private static func size(_ payload: JSONObject) -> Int { (try? CanonicalForm.jcs.encode(payload).count) ?? 0 }
}
