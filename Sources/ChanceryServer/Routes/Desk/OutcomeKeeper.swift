internal import ChanceryGate
internal import ChanceryNode
internal import ChanceryWire
public import Logging
public import ServiceLifecycle
internal import Synchronization

/// Writes down what came of actions when nobody waits for it: together with the gate's next decision, or some milliseconds later.
///
/// Once an outcome could not be made durable the next ones are waited for, so that callers hear of it, until one was.
/// A process that is killed before leaves a permission without an outcome, which `gate orphans` lists.
public final class OutcomeKeeper: Service {
    private struct Told: Sendable {
        let outcome: GateEvent.Outcome
        let agent: String
    }

    /// Most outcomes that wait; whoever comes then waits.
    private static let capacity = 4096

    private let gate: ActionGate
    private let logger: Logger
    private let told: AsyncStream<Told>
    private let continuation: AsyncStream<Told>.Continuation
    private let isFailing = Mutex(false)

    public init(_ service: GateService, logger: Logger) {
        gate = service.gate
        self.logger = logger
        (told, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.capacity))
    }

    /// Takes an outcome, and returns before it is durable where that may be.
    ///
    /// - Throws: when it was waited for, as ``ActionGate/note(_:of:mayWait:)``.
    func note(_ outcome: GateEvent.Outcome, of agent: String) async throws {
        if !isFailing.withLock({ $0 }), case .enqueued = continuation.yield(Told(outcome: outcome, agent: agent)) { return }
        try await gate.note(outcome, of: agent)
        isFailing.withLock { $0 = false }
    }

    public func run() async throws {
        await withDiscardingTaskGroup { group in
            await withGracefulShutdownHandler {
                for await next in told { group.addTask { await self.write(next) } }
            } onGracefulShutdown: {
                self.continuation.finish()
            }
        }
    }

    private func write(_ told: Told) async {
        do {
            try await gate.conclude(told.outcome, of: told.agent, hasHappened: true, mayWait: true)
        } catch let error as any CodedError where !error.code.hasPrefix("store.") {
            // Refused, which is on record.
            logger.notice("an outcome was refused", metadata: ["error.code": .string(error.code)])
        } catch {
            isFailing.withLock { $0 = true }
            logger.error("an outcome cannot be written down", metadata: ["error": .string("\(error)".asErrorDetail)])
        }
    }
}
