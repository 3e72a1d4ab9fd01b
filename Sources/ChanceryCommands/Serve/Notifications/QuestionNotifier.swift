internal import ChanceryGate
internal import ChanceryNode
internal import ChanceryServer
internal import ChancerySuite
internal import ChanceryWire
internal import Logging
internal import ServiceLifecycle

/// Tells people what waits for them: each question once for each of its stages, on the channels that its policy names, or
/// on all when it names none of those that there are.
///
/// What cannot be delivered is tried again twice and then logged; the question goes on either way, and lapses as its policy
/// says.
struct QuestionNotifier: Service {
    private static let interval = Duration.milliseconds(500)
    private static let attempts = 3
    /// Deliveries of one channel under way at once.
    private static let workers = 4
    /// Most events that wait for one channel; the oldest give way.
    private static let backlog = 1024

    let gate: ActionGate
    let channels: [NotificationChannel]
    let key: SigningKey<Purpose.HTTP>
    /// Who the events are from.
    let source: String
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { workers in
                var lines: [String: AsyncStream<[UInt8]>.Continuation] = [:]
                for channel in channels {
                    // A channel that takes nothing must not hold the others up, nor fill the memory.
                    let (events, line) = AsyncStream.makeStream(
                        of: [UInt8].self, bufferingPolicy: .bufferingNewest(Self.backlog))
                    lines[channel.name] = line
                    for _ in 0..<Self.workers {
                        workers.addTask { for await event in events { await deliver(event, channel) } }
                    }
                }
                await watch(lines)
                for line in lines.values { line.finish() }
            }
        }
    }

    /// Puts each question on the lines of its channels, once for each of its stages, until the task is cancelled.
    private func watch(_ lines: [String: AsyncStream<[UInt8]>.Continuation]) async {
        var told: [DecisionID: Int64] = [:]
        while (try? await Task.sleep(for: Self.interval)) != nil {
            guard let open = try? gate.questions() else { continue }
            let time = Home.now()
            // What is over needs not be remembered.
            let ids = Set(open.map(\.id))
            told = told.filter { id, _ in ids.contains(id) }
            for question in open {
                guard case .waiting(let stage, _) = question.standing(at: time), told[question.id] ?? -1 < stage else {
                    continue
                }
                told[question.id] = stage
                guard let event = try? Self.event(question, stage, source, at: time) else { continue }
                for name in wanted(question, among: lines.keys) {
                    if case .dropped = lines[name]?.yield(event) {
                        logger.warning("too much waits to be told", metadata: ["channel": .string(name)])
                    }
                }
            }
        }
    }

    /// The channels that the policy names, or all where it names none that there is: somebody has to hear of it.
    private func wanted(_ question: OpenDecision, among names: some Collection<String>) -> [String] {
        let asked = question.question?.channels ?? []
        let (known, unknown) = (asked.filter(names.contains), asked.filter { !names.contains($0) })
        if !unknown.isEmpty {
            let metadata: Logger.Metadata = [
                "channels": .string(unknown.joined(separator: " ").asErrorDetail), "decision.id": .string(question.id.text),
            ]
            logger.warning("the policy names channels that this server has not", metadata: metadata)
        }
        return known.isEmpty ? Array(names) : known
    }

    private func deliver(_ event: [UInt8], _ channel: NotificationChannel) async {
        for attempt in 1...Self.attempts {
            do {
                return try await channel.deliver(event, key)
            } catch {
                let metadata: Logger.Metadata = [
                    "channel": .string(channel.name), "error": .string("\(error)".asErrorDetail),
                    "attempt": .stringConvertible(attempt),
                ]
                logger.warning("people could not be told", metadata: metadata)
            }
            guard attempt < Self.attempts, (try? await Task.sleep(for: .seconds(attempt * attempt))) != nil else { return }
        }
    }

    /// A CloudEvent (CloudEvents 1.0.2, JSON format).
    static func event(_ question: OpenDecision, _ stage: Int64, _ source: String, at time: UTCTime) throws -> [UInt8] {
        try CanonicalForm.jcs.encode(
            JSONObject([
                .init(name: "data", value: GateBody.json(question, at: time)),
                .init(name: "datacontenttype", value: "application/json"),
                .init(name: "id", value: .string("\(question.id.short)-\(stage)")),
                .init(name: "source", value: .string(source)), .init(name: "specversion", value: "1.0"),
                .init(name: "subject", value: .string(question.id.text)), .init(name: "time", value: .string(time.text)),
                .init(
                    name: "type", value: .string(stage == 0 ? "chancery.gate.question" : "chancery.gate.question.escalated")),
            ]))
    }
}
