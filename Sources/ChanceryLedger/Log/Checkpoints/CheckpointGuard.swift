/// Decides whether a log may sign its next checkpoint (rules L4 and L5). It holds what was signed and what was about
/// to be; its owner writes files and signs, in the order of the steps:
///
/// ```text
/// propose → recordIntent(head): store it in the high-water file, synced → intentRecorded
///         → sign(permit): sign, write tiles, write the checkpoint       → published
/// ```
///
/// A refusal is final: a guard that refused once refuses ever after. The log continues under a new origin and key.
public struct CheckpointGuard: Sendable {
    public enum Step: Sendable, Equatable {
        /// Store this head in the high-water file, synced; then call ``CheckpointGuard/intentRecorded()``.
        case recordIntent(TreeHead)
        /// Sign and publish; then call ``CheckpointGuard/published()``.
        case sign(SigningPermit)
        /// The checkpoint is out.
        case done
        /// Stop signing, `ledger.log_rollback` or `ledger.log_inconsistent`.
        case refuse(LedgerError)
        /// The call does not fit the order of steps; nothing changed.
        case outOfOrder
    }

    private enum State: Sendable {
        case idle
        case recording(TreeHead)
        case signing(TreeHead)
        case refused(LedgerError)
    }

    private let origin: NoteName
    /// The heads that the next tree must continue: the published one and the intended one.
    private var known: [TreeHead]
    private var state = State.idle

    /// `published` is the log's latest checkpoint after verification, `highWater` the latest intent, `witnessed` what
    /// witnesses have seen. Absent values are nil or empty; a rollback of all of them cannot be seen.
    public init(origin: NoteName, published: TreeHead?, highWater: TreeHead?, witnessed: [TreeHead] = []) {
        self.origin = origin
        known = [published, highWater].compactMap(\.self) + witnessed
    }

    /// The largest head known to have been signed or intended.
    public var latest: TreeHead? { known.max { $0.size < $1.size } }

    /// Asks to sign `store`, the head of what the store holds now.
    ///
    /// `proof` gives the consistency proof from an earlier size to `store`, from the tiles or leaves of the store. It
    /// is checked here, so a false one only leads to a refusal. What it throws is passed on and changes nothing.
    /// After a failed write, propose again: the new head must continue the one that could not be finished.
    public mutating func propose(
        _ store: TreeHead, proof: (_ oldSize: UInt64, _ newSize: UInt64) throws -> ConsistencyProof
    ) rethrows -> Step {
        if case .refused(let error) = state { return .refuse(error) }
        for head in known {
            if let error = try refusal(head, store, proof) {
                state = .refused(error)
                return .refuse(error)
            }
        }
        // Whatever becomes of this attempt, the file may hold this head from now on.
        if !known.contains(store) { known.append(store) }
        state = .recording(store)
        return .recordIntent(store)
    }

    /// The intent is on disk.
    public mutating func intentRecorded() -> Step {
        guard case .recording(let head) = state else { return refusedOrOutOfOrder }
        state = .signing(head)
        // From here on a signature may exist, whether or not it is ever published.
        known = [head]
        return .sign(SigningPermit(checkpoint: Checkpoint(origin: origin, head: head)))
    }

    /// The checkpoint is published.
    public mutating func published() -> Step {
        guard case .signing = state else { return refusedOrOutOfOrder }
        state = .idle
        return .done
    }

    private var refusedOrOutOfOrder: Step {
        if case .refused(let error) = state { .refuse(error) } else { .outOfOrder }
    }

    private func refusal(
        _ head: TreeHead, _ store: TreeHead, _ proof: (UInt64, UInt64) throws -> ConsistencyProof
    ) rethrows -> LedgerError? {
        guard store.size >= head.size else {
            return LedgerError(
                .logRollback, "the store has \(store.size) leaves, but a tree of \(head.size) was signed or intended")
        }
        if store.size == head.size {
            guard store.root != head.root else { return nil }
            return LedgerError(
                .logInconsistent, "the store has another root at \(head.size) leaves than was signed or intended")
        }
        guard head.size > 0 else { return nil }
        let proof = try proof(head.size, store.size)
        let continues =
            proof.oldSize == head.size && proof.newSize == store.size
            && (try? proof.verify(old: head.root, new: store.root)) != nil
        guard !continues else { return nil }
        return LedgerError(
            .logInconsistent,
            "the store's \(store.size) leaves do not continue the tree of \(head.size) that was signed or intended")
    }
}

/// The right to sign one checkpoint. Only a ``CheckpointGuard`` makes it.
public struct SigningPermit: Sendable, Equatable {
    public let checkpoint: Checkpoint

    init(checkpoint: Checkpoint) { self.checkpoint = checkpoint }
}
