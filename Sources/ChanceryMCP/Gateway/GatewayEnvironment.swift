public import ChanceryWire

/// What a gateway is given of the world.
public struct GatewayEnvironment: Sendable {
    /// The wall clock.
    public var now: @Sendable () -> UTCTime
    /// Returns after the duration, or throws when its task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    public var digest: any HashProvider

    public init(
        now: @escaping @Sendable () -> UTCTime, sleep: @escaping @Sendable (Duration) async throws -> Void,
        digest: any HashProvider
    ) {
        self.now = now
        self.sleep = sleep
        self.digest = digest
    }
}
