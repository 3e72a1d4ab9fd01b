import ChanceryVigil

/// Events of a thousand agents in turn, each taken by the watch of its agent, on one core. Events are as they come from a
/// log that was verified: what reading and verifying cost is not in it.
enum VigilBench {
    private static let agents = 1000
    private static let types = ["tool_call", "a2a_message", "decision", "a2a_request", "file_read", "external_interaction"]

    static func run(_ bench: Bench) throws -> [Measurement] {
        let names = (0..<agents).map { "agent-\($0)" }
        let count = bench.scale.watchedEvents
        let samples = try bench.rounds {
            var watches = names.map { AgentWatch(agent: $0, profile: .standard) }
            let time = seconds {
                for number in 0..<count {
                    let (agent, turn) = (number % agents, number / agents)
                    // A minute between two events of one agent, so that hours end and scores are taken.
                    let event = ObservedEvent(
                        index: UInt64(number), time: 1_790_000_000 + Int64(turn) * 60,
                        type: types[(agent + turn) % types.count],
                        peer: names[(agent * 7 + turn * 13) % agents], isPeerVerified: turn % 3 == 0,
                        isTimestamped: turn % 5 == 0)
                    watches[agent].observe(event)
                }
            }
            guard watches.allSatisfy({ $0.lastIndex.map { $0 >= UInt64(count - agents) } ?? false }) else {
                throw Failure(description: "not every event was taken")
            }
            return Double(count) / time
        }
        return [
            Measurement(
                "gate.vigil", "Vigil takes events of \(agents) agents in turn, one core", .perSecond, samples,
                target: .atLeast(100_000))
        ]
    }
}
