public import ChanceryNode
internal import ChanceryWire
public import Logging
public import ServiceLifecycle

/// Has usage written down: each minute, sooner when much waits, and a last time at the end.
///
/// It stands before the servers whose requests it counts, so that it ends after them.
public struct UsageKeeper: Service {
    private static let look = Duration.seconds(1)

    private let meter: UsageMeter
    private let logger: Logger

    public init(_ meter: UsageMeter, logger: Logger) {
        self.meter = meter
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.look)) != nil {
                guard meter.isDue else { continue }
                do {
                    try await HomeServices.blocking { [meter] in try meter.flush() }
                } catch {
                    logger.warning("usage cannot be written down", metadata: ["error": .string("\(error)".asErrorDetail)])
                }
            }
        }
        do {
            try meter.flush()
        } catch {
            logger.error("the last usage cannot be written down", metadata: ["error": .string("\(error)".asErrorDetail)])
        }
    }
}
