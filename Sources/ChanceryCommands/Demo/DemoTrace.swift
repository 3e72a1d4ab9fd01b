internal import ChanceryWire

/// What the three agents of the demonstration do: a made-up but ordinary run of a purchasing pipeline.
enum DemoTrace {
    struct Step {
        let agent: String
        let payload: JSONObject

        init(_ agent: String, _ payload: JSONValue) {
            self.agent = agent
            self.payload = payload.object ?? JSONObject()
        }
    }

    static let agents = [("planner", "orchestrator"), ("researcher", "reader"), ("buyer", "operator")]

    static let steps = [
        Step("planner", ["event_type": "task_start", "task": "replace the broken pump of line 4", "budget_eur": 900]),
        Step("planner", ["event_type": "delegation", "to": "researcher", "goal": "find a compatible pump"]),
        Step("researcher", ["event_type": "tool_call", "tool": "catalogue.search", "arguments": ["query": "pump P4-220"]]),
        Step("researcher", ["event_type": "tool_result", "tool": "catalogue.search", "matches": 3]),
        Step("researcher", ["event_type": "tool_call", "tool": "stock.check", "arguments": ["sku": "P4-220B"]]),
        Step("researcher", ["event_type": "tool_result", "tool": "stock.check", "in_stock": true, "price_eur": 740]),
        Step("researcher", ["event_type": "answer", "to": "planner", "sku": "P4-220B", "price_eur": 740]),
        Step("planner", ["event_type": "delegation", "to": "buyer", "goal": "order one P4-220B"]),
        Step("buyer", ["event_type": "tool_call", "tool": "orders.create", "arguments": ["sku": "P4-220B", "count": 1]]),
        Step("buyer", ["event_type": "tool_result", "tool": "orders.create", "order": "A-1187", "total_eur": 740]),
        Step("buyer", ["event_type": "tool_call", "tool": "calendar.book", "arguments": ["what": "fit pump of line 4"]]),
        Step("planner", ["event_type": "task_end", "outcome": "ordered", "order": "A-1187"]),
    ]
}
