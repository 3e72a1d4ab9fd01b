/// Two or more events that continue the same event.
public struct Fork: Sendable, Equatable {
    /// The `previous_hash` that they share.
    public let previousHash: String
    /// Their places in the list, ascending; at least two.
    public let indices: [Int]

    /// The forks among `events`, in the order in which their shared hash first appears. Linear in the events.
    ///
    /// The same event twice counts: a list is meant to hold each event once. Events without a `previous_hash`
    /// continue nothing.
    public static func find(in events: [Event]) -> [Fork] {
        find(among: events.map(\.previousHash))
    }

    /// The forks among events whose `previous_hash` is given; nil continues nothing.
    static func find(among previousHashes: [String?]) -> [Fork] {
        var places: [[UInt8]: [Int]] = [:]
        var order: [String] = []
        for (index, hash) in previousHashes.enumerated() {
            guard let hash else { continue }
            if places[Array(hash.utf8), default: []].isEmpty { order.append(hash) }
            places[Array(hash.utf8), default: []].append(index)
        }
        return order.compactMap { hash in
            let indices = places[Array(hash.utf8)] ?? []
            return indices.count > 1 ? Fork(previousHash: hash, indices: indices) : nil
        }
    }
}
