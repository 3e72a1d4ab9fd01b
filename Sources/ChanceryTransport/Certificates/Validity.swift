public import ChanceryWire

/// When a certificate may be used: whole seconds, both ends included (RFC 5280 §4.1.2.5).
public struct Validity: Sendable, Hashable {
    public let start: UTCTime
    public let end: UTCTime

    /// - Throws: `transport.certificate_refused` when it ends before it starts, or holds parts of a second.
    public init(from start: UTCTime, until end: UTCTime) throws(TransportError) {
        guard start <= end, start.milliseconds % 1000 == 0, end.milliseconds % 1000 == 0 else {
            throw TransportError(.certificateRefused, "a validity has two whole seconds, the earlier one first")
        }
        self.start = start
        self.end = end
    }

    /// `seconds` from `time` on, and five minutes before it for clocks that are slow.
    ///
    /// - Throws: `transport.certificate_refused` unless `seconds` lies in 1…2^31.
    public init(at time: UTCTime, seconds: Int64) throws(TransportError) {
        guard (1...1 << 31).contains(seconds) else {
            throw TransportError(.certificateRefused, "a certificate is valid for 1 second or more, not \(seconds)")
        }
        let now = UTCTime(seconds: time.seconds)
        try self.init(from: now.advanced(bySeconds: -Self.slack), until: now.advanced(bySeconds: seconds))
    }

    /// Seconds by which a new certificate starts before it was made.
    public static let slack: Int64 = 300

    public var seconds: Int64 { end.seconds - start.seconds }

    public func contains(_ time: UTCTime) -> Bool { start <= time && time.seconds <= end.seconds }
}
