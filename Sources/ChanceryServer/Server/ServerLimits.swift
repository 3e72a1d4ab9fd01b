/// How much one client may ask of the server.
public struct ServerLimits: Sendable {
    /// Most bytes of a body.
    public var bodyBytes = 1 << 20
    /// Most bytes of all bodies at once whose sender is not known before they are read.
    public var strangersBytes = 32 << 20
    /// Most bytes of all bodies at once that come in sessions or from nodes with a certificate.
    public var callersBytes = 128 << 20
    /// Most bytes of one header; signatures of ML-DSA take 5 KiB.
    public var headerBytes = 32 << 10
    /// Most bytes of all headers.
    public var headersBytes = 64 << 10
    public var headerCount = 64
    /// How long a connection may be silent between requests, or inside one.
    public var idle = Duration.seconds(30)
    /// How long a body may take.
    public var body = Duration.seconds(20)
    /// How long a client may take to let a part of an answer go.
    public var write = Duration.seconds(60)
    /// Most connections at once; others wait in the backlog.
    public var connections = 1024

    public init() {}
}
