internal import ChanceryWire

extension KeyLedger {
    /// Whether `event` may follow.
    ///
    /// - Throws: `vault.key_unknown`, `vault.key_exists`, `vault.key_state`, `vault.key_purpose`, `vault.key_in_use`,
    ///   `vault.key_malformed`.
    public func check(_ event: KeyEvent) throws(VaultError) {
        switch event.change {
        case .create(let statement, let parent):
            guard statement.predecessor == nil else {
                throw VaultError(.keyMalformed, "a key with a predecessor comes by rotation")
            }
            try checkNew(statement, parent, at: event.time)
            if let subject = statement.subject, current(for: subject) != nil {
                throw VaultError(.keyExists, "what the key is for has a key already: rotate that one")
            }
            if statement.kind == .root, let root, let state = self[root]?.state, state != .destroyed, state != .retired {
                throw VaultError(.keyExists, "the vault has the root `\(root)`: rotate that one")
            }
        case .rotate(let old, let statement, let parent, let overlapEnds):
            try checkRotation(of: try known(old), to: statement, overlapEnds, at: event.time)
            try checkNew(statement, parent, at: event.time)
        case .adopt(let moved, let parent): try checkAdoption(moved, parent)
        case .activate(let id):
            try checkStep(id, to: .active)
            guard try known(id).statement.activates <= event.time else {
                throw VaultError(.keyState, "the time of `\(id)` has not come")
            }
        case .retire(let id):
            try checkStep(id, to: .retired)
            try checkChildless(id)
        case .destroy(let id):
            try checkStep(id, to: .destroyed)
            try checkChildless(id)
        case .compromise(let id):
            let record = try known(id)
            guard record.compromised == nil else { throw VaultError(.keyState, "`\(id)` is known as compromised") }
        }
    }

    private func checkStep(_ id: VaultKeyID, to state: KeyState) throws(VaultError) {
        let record = try known(id)
        guard record.state.mayBecome(state, for: record.algorithm) else {
            throw VaultError(.keyState, "`\(id)` is \(record.state.rawValue) and cannot become \(state.rawValue)")
        }
    }

    private func checkChildless(_ id: VaultKeyID) throws(VaultError) {
        let count = children(of: id).count
        guard count == 0 else {
            throw VaultError(.keyInUse, "\(count) seeds are wrapped under `\(id)`: wrap them under its successor first")
        }
    }

    private func checkNew(_ statement: KeyStatement, _ parent: VaultKeyID?, at time: UTCTime) throws(VaultError) {
        guard count < Self.limit else { throw VaultError(.keyExists, "the vault has \(Self.limit) keys") }
        guard self[statement.id] == nil else { throw VaultError(.keyExists, "the vault has a key `\(statement.id)`") }
        guard time < statement.expires else { throw VaultError(.keyMalformed, "the key is past its end already") }
        guard (parent != nil) == statement.kind.hasParent else {
            throw VaultError(.keyPurpose, "a key of the kind `\(statement.kind.rawValue)` stands elsewhere in the hierarchy")
        }
        if let parent { try checkRoot(parent) }
    }

    private func checkRoot(_ id: VaultKeyID) throws(VaultError) {
        let record = try known(id)
        guard record.kind == .root else { throw VaultError(.keyPurpose, "`\(id)` is no root") }
        guard record.state == .active else {
            throw VaultError(.keyState, "the root `\(id)` is \(record.state.rawValue) and wraps nothing new")
        }
    }

    private func checkRotation(
        of old: KeyRecord, to new: KeyStatement, _ overlapEnds: UTCTime, at time: UTCTime
    ) throws(VaultError) {
        guard old.state == .active || old.state == .compromised, old.successor == nil else {
            throw VaultError(.keyState, "`\(old.id)` is \(old.state.rawValue): only a key that serves is replaced")
        }
        guard new.predecessor == old.id, new.generation == old.statement.generation + 1, new.algorithm == old.algorithm,
            new.subject == old.statement.subject
        else { throw VaultError(.keyPurpose, "the new key is not of the line of `\(old.id)`") }
        guard new.activates <= time else { throw VaultError(.keyMalformed, "a successor serves at once") }
        guard time <= overlapEnds, overlapEnds <= time.advanced(bySeconds: old.kind.longestOverlap) else {
            throw VaultError(.keyMalformed, "an overlap has at most \(old.kind.longestOverlap) seconds")
        }
    }

    private func checkAdoption(_ moved: [VaultKeyID], _ parent: VaultKeyID) throws(VaultError) {
        try checkRoot(parent)
        guard (1...KeyEvent.mostChildren).contains(moved.count), Set(moved).count == moved.count else {
            throw VaultError(.keyMalformed, "1 to \(KeyEvent.mostChildren) different keys are moved at once")
        }
        for id in moved {
            let record = try known(id)
            guard record.kind.hasParent, record.parent != parent, record.state != .destroyed else {
                throw VaultError(.keyState, "`\(id)` cannot be moved under `\(parent)`")
            }
        }
    }
}
