internal import ChanceryWire

/// Every key of a vault, folded from the key events of its chain. A pure state machine: whoever folds the same events
/// has the same keys.
///
/// ``check(_:)`` says whether an event may follow; nothing else decides that, neither at writing nor at reading.
public struct KeyLedger: Sendable {
    /// The most keys that a ledger takes.
    public static let limit = 1 << 18

    private var records: [VaultKeyID: KeyRecord] = [:]
    /// The living keys under each root.
    private var children: [VaultKeyID: Set<VaultKeyID>] = [:]
    /// The newest key of each version or connection.
    private var bySubject: [KeySubject: VaultKeyID] = [:]
    /// Every root there was, in the order of their making.
    public private(set) var roots: [VaultKeyID] = []
    /// The newest root.
    public var root: VaultKeyID? { roots.last }

    public init() {}

    public subscript(id: VaultKeyID) -> KeyRecord? { records[id] }
    public var count: Int { records.count }
    /// Ascending by id.
    public var inventory: [KeyRecord] { records.values.sorted { $0.id < $1.id } }

    /// The newest key that serves `subject`.
    public func current(for subject: KeySubject) -> KeyRecord? { bySubject[subject].flatMap { records[$0] } }

    /// The keys whose seeds are wrapped under `root` and not destroyed, ascending.
    public func children(of root: VaultKeyID) -> [VaultKeyID] { (children[root] ?? []).sorted() }

    /// Whether nothing can open what the line of `id` wrapped any more, not even a backup: the key and those that it replaced
    /// are destroyed, and so is every root under which their seeds were ever wrapped.
    public func isBeyondRecovery(_ id: VaultKeyID) -> Bool {
        var next: VaultKeyID? = id
        while let id = next {
            guard isSeedBeyondRecovery(id) else { return false }
            next = records[id]?.statement.predecessor
        }
        return true
    }

    private func isSeedBeyondRecovery(_ id: VaultKeyID) -> Bool {
        guard let record = records[id], record.state == .destroyed else { return false }
        // A seed moves only to the newest root, so no root after its last parent ever wrapped it.
        guard let parent = record.parent else { return true }
        return roots.prefix { $0 != parent }.allSatisfy { records[$0]?.state == .destroyed }
            && records[parent]?.state == .destroyed
    }

    func known(_ id: VaultKeyID) throws(VaultError) -> KeyRecord {
        guard let record = records[id] else { throw VaultError(.keyUnknown, "the vault has no key `\(id)`") }
        return record
    }

    /// Takes an event that passes ``check(_:)``; else throws and changes nothing.
    public mutating func apply(_ event: KeyEvent) throws(VaultError) {
        try check(event)
        switch event.change {
        case .create(let statement, let parent): insert(statement, parent, at: event.time)
        case .rotate(let old, let statement, let parent, let overlapEnds):
            insert(statement, parent, at: event.time)
            // What somebody else may have stays marked as that.
            if records[old]?.state == .active { records[old]?.state = .replaced(statement.algorithm) }
            records[old]?.successor = statement.id
            records[old]?.overlapEnds = overlapEnds
        case .adopt(let moved, let parent):
            for id in moved {
                if let old = records[id]?.parent { children[old]?.remove(id) }
                records[id]?.parent = parent
                children[parent, default: []].insert(id)
            }
        case .activate(let id): records[id]?.state = .active
        case .retire(let id): records[id]?.state = .retired
        case .destroy(let id):
            records[id]?.state = .destroyed
            if let parent = records[id]?.parent { children[parent]?.remove(id) }
            if let subject = records[id]?.statement.subject, bySubject[subject] == id { bySubject[subject] = nil }
        case .compromise(let id):
            if records[id]?.state != .destroyed { records[id]?.state = .compromised }
            records[id]?.compromised = event.time
        }
    }

    private mutating func insert(_ statement: KeyStatement, _ parent: VaultKeyID?, at time: UTCTime) {
        var record = KeyRecord(statement, parent: parent)
        if statement.activates <= time { record.state = .active }
        records[statement.id] = record
        if let parent { children[parent, default: []].insert(statement.id) }
        if let subject = statement.subject { bySubject[subject] = statement.id }
        if statement.kind == .root { roots.append(statement.id) }
    }
}
