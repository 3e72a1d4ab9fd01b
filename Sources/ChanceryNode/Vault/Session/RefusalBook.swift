internal import ChanceryVault
internal import ChanceryWire
internal import Synchronization

/// The refusals of whoever asks, counted by a ``RefusalTally`` that many use at once. What the store does not take
/// is written with what comes next, as many as ``RefusalTally`` holds.
final class RefusalBook: Sendable {
    typealias Write = ([RefusalTally.Note]) throws -> Void

    private let tally: Mutex<RefusalTally>

    /// - Parameter apart: codes that are counted for themselves.
    init(apart: Set<String> = []) { tally = Mutex(RefusalTally(apart: apart)) }

    /// Counts `refusal`, and gives to `write` what is to be on record now.
    ///
    /// - Throws: what `write` throws.
    func note(
        _ refusal: VaultEvent.Refusal, for agent: String? = nil, at time: UTCTime, _ write: Write
    ) throws {
        try put(tally.withLock { $0.take(refusal, for: agent, at: time) }, write)
    }

    /// Gives to `write` the counts of hours that are over at `time`; all counts without a time.
    ///
    /// - Throws: what `write` throws.
    func settle(at time: UTCTime? = nil, _ write: Write) throws {
        try put(tally.withLock { $0.close(at: time) }, write)
    }

    private func put(_ notes: [RefusalTally.Note], _ write: Write) throws {
        guard !notes.isEmpty else { return }
        do {
            try write(notes)
        } catch let error as any CodedError where error.code.hasPrefix("store.") {
            // Anything else would be refused again, with all that follows.
            tally.withLock { $0.putBack(notes) }
            throw error
        }
    }
}
