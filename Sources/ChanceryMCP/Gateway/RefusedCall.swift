import ChanceryWire

/// How a refusal reads: a tool result that the model can learn from, an error for everything that has no such form.
struct RefusedCall: Sendable {
    let error: MCPError
    let receipt: DecisionReceipt?

    /// The facts of the refusal; the same in a tool result and in an error.
    var facts: JSONObject {
        [
            "code": .string(error.code),
            "decision_id": receipt.map { .string($0.id) } ?? .null,
            "outcome": .string(receipt?.outcome ?? "BLOCK"),
            "rule": .string(receipt?.rule ?? error.code),
            "reason": .string(error.detail),
            "policy_hash": receipt.map { .string($0.policyHash) } ?? .null,
        ]
    }

    func answer(to request: ClientRequest) -> JSONValue {
        // What is wrong with the request itself is the client's error, not the tool's.
        guard request.method == .callTool, error.reason.rpcCode >= 0 else {
            let data: JSONObject? = error.reason == .stateInvalid ? ["reason": "invalid_request_state"] : facts
            return MessageText.failure(request.id, error, data: data)
        }
        var text = "Not done: \(error.detail)"
        if let receipt { text += " (rule \(receipt.rule), decision \(receipt.id))" }
        var result: JSONObject = [
            "content": [["type": "text", "text": .string(text)]],
            "structuredContent": .object(facts),
            "isError": true,
        ]
        if request.era == .envelope { result["resultType"] = "complete" }
        return MessageText.result(request.id, result)
    }
}
