/// What a gateway is told at its start.
public struct GatewayConfiguration: Sendable {
    /// The operator's name of the server; pins are kept under it. 1…256 bytes.
    public var upstream: String
    /// Who calls: the agent that this gateway stands for.
    public var principal: String
    /// A text of this run that no other run has, at most 128 bytes; makes the serials of call states distinct.
    public var instance: String
    /// Limits of a client's message. Default 4 MiB.
    public var messageLimits = Message.Limits()
    /// Limits of a server's message. Default 16 MiB.
    public var serverLimits = Message.Limits(bytes: 16 << 20, values: 1 << 20)
    /// The largest result of a decided call in bytes. Default 1 MiB.
    public var resultLimit = 1 << 20
    /// The largest notification of a server in bytes. Default 64 KiB.
    public var notificationLimit = 64 << 10
    /// Bytes that may wait for one peer to read them before it counts as stalled. Default 64 MiB.
    public var queueLimit = 64 << 20
    /// Requests of the client that may wait at once. Default 256.
    public var pendingLimit = 256
    /// Seconds that the gate has for one answer. Default 10.
    public var gateSeconds: Int64 = 10
    /// Seconds that the server has for one answer. Default 300.
    public var serverSeconds: Int64 = 300
    /// Seconds that a call of the handshake era is held for a person. Default 600.
    public var holdSeconds: Int64 = 600
    /// Seconds that a retry with `requestState` is held before the client is told to come again. Default 20.
    public var retrySeconds: Int64 = 20
    /// Whether a result is held until its outcome is durable. Default no: it goes out at once, and when an outcome cannot be
    /// made durable nothing is called any more.
    public var holdsResults = false

    public init(upstream: String, principal: String, instance: String) {
        self.upstream = upstream
        self.principal = principal
        self.instance = instance
    }
}
