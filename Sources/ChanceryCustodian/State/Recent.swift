/// What was seen lately, in bounded memory: at least half of `capacity` of the latest are known, and never more than that.
struct Recent<Element: Hashable & Sendable>: Sendable {
    private let capacity: Int
    private var newer: Set<Element> = []
    private var older: Set<Element> = []

    init(capacity: Int) { self.capacity = capacity }

    /// - Returns: whether it was not known.
    mutating func insert(_ element: Element) -> Bool {
        guard !older.contains(element), newer.insert(element).inserted else { return false }
        if newer.count >= capacity / 2 { (older, newer) = (newer, []) }
        return true
    }
}
