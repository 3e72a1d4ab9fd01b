internal import ChanceryAPI
public import ChanceryTransport
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
public import Logging
internal import NIOCore
public import ServiceLifecycle
internal import UnixSignals

/// The HTTP interface as a service: it listens until it is asked to stop, and then ends within ``stopsWithin``.
public struct APIServer: Service {
    /// Requests get most of it to finish; whatever is left is cut off.
    public static let stopsWithin = Duration.seconds(5)

    private let address: ServerAddress
    private let dispatcher: Dispatcher
    private let limits: ServerLimits
    private let tls: PostQuantumTLS?
    private let logger: Logger
    private let onListening: @Sendable (_ port: Int) async -> Void

    /// - Parameter onListening: told the port once connections are taken.
    public init(
        _ table: RouteTable, at address: ServerAddress, tls: PostQuantumTLS? = nil, limits: ServerLimits = ServerLimits(),
        admission: Admission, metrics: ServerMetrics, logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.address = address
        self.tls = tls
        self.limits = limits
        self.logger = logger
        self.onListening = onListening
        dispatcher = Dispatcher(table: table, limits: limits, admission: admission, metrics: metrics, tls: tls)
    }

    public func run() async throws {
        let channels = HTTP1Channel.Configuration(
            additionalChannelHandlers: [StalledWriteCloser(.init(limits.write))], idleTimeout: .init(limits.idle),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headersBytes,
                maxHeaderFieldCount: limits.headerCount))
        let plain = HTTPServerBuilder.http1(configuration: channels)
        let server = try tls.map { tls in
            try HTTPServerBuilder.tls(
                plain,
                configuration: TLSChannelConfiguration(
                    tlsConfiguration: tls.serverConfiguration, customVerificationCallback: tls.verification()))
        }
        let onListening = onListening
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: dispatcher, server: server ?? plain,
            configuration: .init(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: .maximum(limits.connections, logger: quiet)),
            onServerRunning: { await onListening($0.localAddress?.port ?? 0) }, logger: quiet)
        try await application.run()
    }

    /// Runs this server and `others` until SIGTERM or SIGINT.
    public func runUntilSignal(with others: [any Service] = []) async throws {
        var configuration = ServiceGroupConfiguration(
            services: others + [self], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(2)
        configuration.maximumCancellationDuration = .seconds(2)
        try await ServiceGroup(configuration: configuration).run()
    }
}
