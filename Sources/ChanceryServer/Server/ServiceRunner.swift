public import Logging
public import ServiceLifecycle
internal import UnixSignals

/// Runs services that answer nothing over HTTP.
public enum ServiceRunner {
    /// Until SIGTERM or SIGINT.
    public static func runUntilSignal(_ services: [any Service], logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(2)
        configuration.maximumCancellationDuration = .seconds(2)
        try await ServiceGroup(configuration: configuration).run()
    }
}
