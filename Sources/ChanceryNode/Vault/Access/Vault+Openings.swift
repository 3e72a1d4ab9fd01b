internal import ChanceryVault
internal import Synchronization

/// The openings that somebody may still read through. Their readers have them; here they are only known.
struct OpeningBook {
    private struct Place {
        weak var opening: VaultOpening?
    }

    private var places: [Place] = []

    /// Those whose permit has not ended.
    var living: [VaultOpening] { places.compactMap(\.opening).filter { !$0.hasEnded } }

    mutating func add(_ opening: VaultOpening) {
        places.removeAll { $0.opening?.hasEnded ?? true }
        places.append(Place(opening: opening))
    }
}

extension Vault {
    /// Erases what may not be held any longer: the roots when their time is over or another process locked the vault, and what
    /// opens a version when its permit does not hold any more. Whoever holds a vault open for others calls it every 200 ms: a
    /// reader who takes nothing for a while must not come through a lock, a freeze or a revocation unnoticed.
    public func keepWatch() async throws {
        // The permits are looked at also when the end of the session cannot be written down.
        let ended = Result { try endIfStale() }
        for opening in openings.withLock({ $0.living }) { await opening.lookAgain() }
        try ended.get()
    }

    /// Ends what was opened in another session than the one that is open now.
    func endOpeningsOfOthers() {
        let current = session.withLock { $0?.mark }
        for opening in openings.withLock({ $0.living }) where opening.session !== current { opening.end(.locked) }
    }
}
