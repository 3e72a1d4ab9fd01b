internal import ChanceryNode
internal import ChanceryTransport
internal import ChanceryWire
internal import Logging
internal import ServiceLifecycle

/// Looks every minute whether `ca issue --renew` wrote another certificate, and shows that one from then on.
struct CredentialRenewal: Service {
    private static let interval = Duration.seconds(60)

    let tls: PostQuantumTLS
    private let folder: CredentialFolder
    private let protection: KeyProtection
    private let first: String
    private let now: @Sendable () -> UTCTime
    private let logger: Logger

    init(
        _ folder: CredentialFolder, _ protection: KeyProtection, now: @escaping @Sendable () -> UTCTime, logger: Logger
    ) throws {
        self.folder = folder
        self.protection = protection
        self.now = now
        self.logger = logger
        first = try folder.certificateText()
        tls = try PostQuantumTLS(folder.open(protection, at: now()), anchors: folder.anchors(), now: now)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var shown = first
            while (try? await Task.sleep(for: Self.interval)) != nil {
                do {
                    let text = try folder.certificateText()
                    guard text != shown else { continue }
                    // Between the writes of key and certificate they do not fit; the next look finds both.
                    try tls.renew(folder.open(protection, at: now()))
                    shown = text
                    logger.notice("the TLS certificate was renewed")
                } catch {
                    logger.warning("the TLS certificate cannot be renewed", metadata: ["error": .string("\(error)")])
                }
            }
        }
    }
}
