/// Whom an agent meets: counts for 48 hours and 30 days, for the 16 peers met last. All others count as one peer.
struct PeerTable: Sendable, Equatable {
    struct Peer: Sendable, Equatable {
        /// Nil for all others together.
        let id: String?
        var hours = CountRing(size: PeerTable.hours)
        var days = CountRing(size: PeerTable.days)
        /// The log indexes of the last interactions, at most four, ascending.
        var recent: [UInt64] = []
    }

    /// The peer met most in a window.
    struct Top: Sendable, Equatable {
        let id: String
        let share: Millionths
        let total: UInt64
        let recent: [UInt64]
    }

    static let hours = 48
    static let days = 30
    static let limit = 16
    static let recentLimit = 4

    // Invariant: at most `limit`, least recently met first.
    private(set) var peers: [Peer] = []
    private(set) var others = Peer(id: nil)

    mutating func meet(_ id: String, at time: Int64, index: UInt64) {
        var peer: Peer
        if let place = peers.lastIndex(where: { $0.id.map { $0.utf8.elementsEqual(id.utf8) } ?? false }) {
            if place == peers.count - 1 { return Self.count(&peers[place], time, index) }
            peer = peers.remove(at: place)
        } else {
            peer = Peer(id: id)
            if peers.count == Self.limit {
                let oldest = peers.removeFirst()
                others.hours.add(oldest.hours)
                others.days.add(oldest.days)
            }
        }
        Self.count(&peer, time, index)
        peers.append(peer)
    }

    private static func count(_ peer: inout Peer, _ time: Int64, _ index: UInt64) {
        peer.hours.add(at: time / 3600)
        peer.days.add(at: time / 86_400)
        peer.recent.append(index)
        if peer.recent.count > recentLimit { peer.recent.removeFirst() }
    }

    private var all: [Peer] { peers + [others] }

    /// Interactions with each peer in the 30 days that end with `time`.
    func month(at time: Int64) -> [UInt64] { all.map { $0.days.total(endingAt: time / 86_400) } }

    /// Interactions with each peer in the 48 hours that end with `time`.
    func window(at time: Int64) -> [UInt64] { all.map { $0.hours.total(endingAt: time / 3600) } }

    /// D: how evenly the interactions of 30 days spread; one where there are none, zero for a single peer.
    func diversity(at time: Int64) -> Millionths {
        let counts = month(at: time)
        return counts.allSatisfy { $0 == 0 } ? .one : Entropy.normalised(counts)
    }

    /// The peer met most in 48 hours; among equals the one met last.
    func top(at time: Int64) -> Top? {
        let counts = window(at: time)
        let total = counts.reduce(0, +)
        guard let place = peers.indices.max(by: { counts[$0] < counts[$1] || (counts[$0] == counts[$1] && $0 < $1) }),
            let id = peers[place].id, counts[place] > 0
        else { return nil }
        return Top(id: id, share: .ratio(counts[place], of: total), total: total, recent: peers[place].recent)
    }

    init() {}

    /// Nil where a watch cannot have written the rows.
    init?(peers: [Peer], others: Peer) {
        let isSound =
            peers.count <= Self.limit
            && peers.allSatisfy { peer in
                guard let id = peer.id else { return false }
                return (1...ObservedEvent.peerLimit).contains(id.utf8.count)
                    && (1...Self.recentLimit).contains(peer.recent.count)
            } && Set(peers.map { Array(($0.id ?? "").utf8) }).count == peers.count && others.id == nil && others.recent.isEmpty
        guard isSound else { return nil }
        self.peers = peers
        self.others = others
    }
}
