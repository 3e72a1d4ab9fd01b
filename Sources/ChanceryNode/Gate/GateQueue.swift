internal import Dispatch
internal import Synchronization

/// Lets what is asked at the same time be written together: while one step waits for the disk, the next one fills.
final class GateQueue: Sendable {
    /// Most works that wait; whoever comes then is turned away.
    static let capacity = 16_384

    private struct Waiting: Sendable {
        let work: GateJournal.Work
        let reply: CheckedContinuation<GateJournal.Written, any Error>
    }

    private struct Line {
        var waiting: [Waiting] = []
        var isRunning = false
    }

    private let journal: GateJournal
    private let line = Mutex(Line())
    private let thread = DispatchQueue(label: "chancery.gate.journal")

    init(_ journal: GateJournal) { self.journal = journal }

    /// - Throws: what the work throws, `store.busy` when too many wait, and what the store throws.
    func write(_ work: GateJournal.Work) async throws -> GateJournal.Written {
        try await withCheckedThrowingContinuation { reply in
            let isFirst: Bool? = line.withLock { line in
                guard line.waiting.count < Self.capacity else { return nil }
                line.waiting.append(Waiting(work: work, reply: reply))
                defer { line.isRunning = true }
                return !line.isRunning
            }
            switch isFirst {
            case nil: reply.resume(throwing: NodeError(.storeBusy, "the gate has as much to write as it takes; try again"))
            case true?: thread.async { self.drain() }
            case false?: break
            }
        }
    }

    private func drain() {
        while true {
            let taken = line.withLock { line in
                let taken = line.waiting
                line.waiting = []
                line.isRunning = !taken.isEmpty
                return taken
            }
            guard !taken.isEmpty else { return }
            for (waiting, result) in zip(taken, journal.write(taken.map(\.work))) { waiting.reply.resume(with: result) }
        }
    }
}
