public import ChanceryWire

/// Remembers which requests were opened, each until its statement ends; at its limit it forgets nothing and takes no more.
///
/// It lives as long as the keys do: who keeps service keys over a restart keeps this too.
public struct RequestMemory: Sendable {
    private struct Name: Hashable {
        let statement: [UInt8]
        let id: [UInt8]
    }

    public let limit: Int
    private var until: [Name: UTCTime] = [:]
    /// The first moment at which something can be forgotten.
    private var next: UTCTime?

    /// - Parameter limit: most requests at once; each takes about 200 bytes.
    public init(limit: Int = 1 << 20) { self.limit = max(1, limit) }

    public var count: Int { until.count }

    /// Takes a request that opened. Of several with one id, the first is taken.
    ///
    /// - Throws: `inference.replayed`; `inference.memory_full` when there is no room until a statement ends.
    public mutating func admit(_ head: RequestHead, until end: UTCTime, at now: UTCTime) throws(InferenceError) {
        let name = Name(statement: head.statement, id: head.id)
        guard until[name] == nil else { throw InferenceError(.replayed, "the request was opened before") }
        if until.count >= limit, let next, next <= now {
            // A request of a statement that ended does not open any more.
            until = until.filter { $0.value > now }
            self.next = until.values.min()
        }
        guard until.count < limit else {
            throw InferenceError(.memoryFull, "the service remembers as many requests as it can; try again later")
        }
        until[name] = end
        next = min(next ?? end, end)
    }
}
