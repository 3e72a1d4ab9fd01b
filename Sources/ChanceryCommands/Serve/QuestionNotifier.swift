internal import ChanceryGate
internal import ChanceryNode
internal import ChanceryServer
internal import ChancerySuite
internal import ChanceryWire
internal import Logging
internal import ServiceLifecycle

/// Tells people what waits for them: each question once for each of its stages, on the channels that its policy names, or
/// on all when it names none.
///
/// What cannot be delivered is tried again twice and then logged; the question goes on either way, and lapses as its policy
/// says.
struct QuestionNotifier: Service {
    private static let interval = Duration.milliseconds(500)
    private static let attempts = 3

    let gate: ActionGate
    let channels: [NotificationChannel]
    let key: SigningKey<Purpose.HTTP>
    /// Who the events are from.
    let source: String
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var told: [DecisionID: Int64] = [:]
            await withDiscardingTaskGroup { deliveries in
                while (try? await Task.sleep(for: Self.interval)) != nil {
                    guard let open = try? gate.questions() else { continue }
                    let time = Home.now()
                    // What is over needs not be remembered.
                    told = told.filter { id, _ in open.contains { $0.id == id } }
                    for question in open {
                        guard case .waiting(let stage, _) = question.standing(at: time), told[question.id] ?? -1 < stage
                        else { continue }
                        told[question.id] = stage
                        guard let event = try? Self.event(question, stage, source, at: time) else { continue }
                        for channel in wanted(question) { deliveries.addTask { await deliver(event, channel) } }
                    }
                }
            }
        }
    }

    private func wanted(_ question: OpenDecision) -> [NotificationChannel] {
        let names = question.question?.channels ?? []
        return names.isEmpty
            ? channels : channels.filter { channel in names.contains { $0.utf8.elementsEqual(channel.name.utf8) } }
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
