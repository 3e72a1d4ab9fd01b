public import ChanceryWire

/// A key whose next step is due.
public struct DueKey: Sendable, Equatable {
    public enum Step: String, Sendable, CaseIterable {
        case activate
        /// Soon: the key still serves.
        case rotate
        /// Late: the key is past its hard end, and refused.
        case expired
        /// Somebody else may have it: it is refused, and replaced at once.
        case compromised
        /// The overlap after its replacement is over.
        case retire
    }

    public let id: VaultKeyID
    public let step: Step

    public init(id: VaultKeyID, step: Step) {
        self.id = id
        self.step = step
    }
}

extension KeyLedger {
    /// What is due at `now`, ascending by id. Looks at every key.
    public func due(at now: UTCTime) -> [DueKey] {
        inventory.compactMap { record in
            step(of: record, at: now).map { DueKey(id: record.id, step: $0) }
        }
    }

    private func step(of record: KeyRecord, at now: UTCTime) -> DueKey.Step? {
        switch record.state {
        case .preActive: record.statement.activates <= now ? .activate : nil
        case .active:
            if record.statement.expires <= now {
                .expired
            } else if record.statement.rotateBy <= now {
                // A session has no successor.
                record.kind == .session ? .retire : .rotate
            } else {
                nil
            }
        case .decryptOnly, .verifyOnly: record.overlapEnds.map { $0 <= now } ?? false ? .retire : nil
        // What somebody else may have is replaced at once, where something hangs on it.
        case .compromised: record.successor == nil && record.kind != .api && record.kind != .session ? .compromised : nil
        case .retired, .destroyed: nil
        }
    }
}
