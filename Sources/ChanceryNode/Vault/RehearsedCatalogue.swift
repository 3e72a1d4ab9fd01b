internal import ChanceryVault

/// The catalogue, with a twin on which events are tried before they are written.
///
/// Trying them on a copy would copy the whole catalogue for each decision. The twin has memory of its own and takes each event
/// a little before or after the catalogue, so a decision costs what its events cost. Of two catalogues in memory none is shown
/// that took what was not written.
struct RehearsedCatalogue: Sendable {
    private(set) var state = CatalogueState()
    /// Nil before the first rehearsal, and after one that failed or was not performed.
    private var twin: CatalogueState?
    /// What `state` has taken and the twin has not.
    private var missed: [VaultEvent] = []
    /// What the twin has taken and `state` has not.
    private var rehearsed: [VaultEvent] = []

    /// More than this is not caught up on: a copy is made when it is needed.
    private static let mostMissed = 1 << 13

    /// Takes an event that was written.
    mutating func take(_ event: VaultEvent) throws {
        try state.apply(event)
        guard twin != nil else { return }
        guard missed.count < Self.mostMissed else { return forget() }
        missed.append(event)
    }

    /// Tries events that are about to be written. Whoever wrote them says so with ``perform()``.
    ///
    /// - Throws: what ``CatalogueState/apply(_:)`` throws for the first that cannot follow.
    mutating func rehearse(_ events: [VaultEvent]) throws {
        // What was rehearsed and came to nothing spoiled the twin.
        if !rehearsed.isEmpty { forget() }
        if twin == nil { twin = state }
        do {
            for event in missed { try twin?.apply(event) }
            missed = []
            rehearsed = events
            for event in events { try twin?.apply(event) }
        } catch {
            forget()
            throw error
        }
    }

    /// Takes the events that were rehearsed, which are written now.
    mutating func perform() {
        guard let next = twin.take() else { return }
        twin = state
        state = next
        missed = rehearsed
        rehearsed = []
    }

    private mutating func forget() {
        twin = nil
        missed = []
        rehearsed = []
    }
}
