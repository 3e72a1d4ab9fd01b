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

    /// Where a server listens.
    public enum Place: Sendable {
        case network(ServerAddress)
        /// A Unix socket; who asks is known by the kernel. A socket that nobody answers at is replaced.
        ///
        /// - `isPrivate`: only the user who runs the server may connect. Its folder keeps others out before it is so.
        case socket(path: String, isPrivate: Bool = false)
    }

    private let place: Place
    private let dispatcher: Dispatcher
    private let limits: ServerLimits
    private let tls: PostQuantumTLS?
    private let logger: Logger
    private let onListening: @Sendable (_ port: Int) async -> Void

    /// - Parameter onListening: told the port once connections are taken.
    public init(
        _ table: RouteTable, at place: Place, tls: PostQuantumTLS? = nil, limits: ServerLimits = ServerLimits(),
        admission: Admission, metrics: ServerMetrics, logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.place = place
        self.tls = tls
        self.limits = limits
        self.logger = logger
        self.onListening = onListening
        let isLocal = if case .socket = place { true } else { false }
        dispatcher = Dispatcher(
            table: table, limits: limits, admission: admission, metrics: metrics, tls: tls, isLocal: isLocal)
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
                address: try bindAddress(),
                availableConnectionsDelegate: .maximum(limits.connections, logger: quiet)),
            onServerRunning: { [place] channel in
                if case .socket(let path, let isPrivate) = place { LocalSocket.open(path, toAll: !isPrivate) }
                await onListening(channel.localAddress?.port ?? 0)
            }, logger: quiet)
        try await application.run()
    }

    private func bindAddress() throws -> BindAddress {
        switch place {
        case .network(let address): return .hostname(address.host, port: address.port)
        case .socket(let path, _):
            try LocalSocket.clear(path)
            return .unixDomainSocket(path: path)
        }
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
