/// Events as a client takes them: the next ones are looked for only when those before were written, so that a slow client
/// costs no memory.
public struct EventFeed: Sendable {
    /// Less than proxies wait for.
    static let silence = Duration.seconds(15)
    /// How often a source is asked.
    public static let interval = Duration.milliseconds(100)
    /// A stream ends after this time, so that nobody reads on whose key was revoked; clients go on with `Last-Event-ID`.
    static let lifetime = Duration.seconds(900)

    /// What came since the last call; empty for nothing yet, nil for nothing ever again.
    public typealias Source = @Sendable () async throws -> [ServerSentEvent]?

    private let source: Source
    private let interval: Duration

    /// - Parameter interval: how often the source is asked while it has nothing.
    public init(every interval: Duration = Self.interval, _ source: @escaping Source) {
        self.interval = interval
        self.source = source
    }

    /// The next events; empty after a silence, nil at the end.
    func next() async throws -> [ServerSentEvent]? {
        let deadline = ContinuousClock.now + Self.silence
        while ContinuousClock.now < deadline {
            guard let events = try await source() else { return nil }
            if !events.isEmpty { return events }
            try await Task.sleep(for: interval)
        }
        return []
    }
}
