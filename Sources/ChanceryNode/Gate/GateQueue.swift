internal import Dispatch
internal import Synchronization

/// Lets what is asked at the same time be written together: while one step waits for the disk, the next one fills.
final class GateQueue: Sendable {
    /// Most works that wait; whoever comes then is turned away.
    static let capacity = 16_384
    /// Most works of one agent that wait, so that one of them cannot turn the others away.
    static let share = capacity / 4
    /// Most bytes of actions that wait.
    static let byteCapacity = 256 << 20
    /// How long a work that may wait does so for another to be written with it, in milliseconds.
    static let patience = 20

    private struct Waiting: Sendable {
        let work: GateJournal.Work
        let reply: CheckedContinuation<GateJournal.Written, any Error>
    }

    private struct Line {
        var waiting: [Waiting] = []
        var shares: [String: Int] = [:]
        var bytes = 0
        var isRunning = false

        mutating func take(_ work: GateJournal.Work, _ reply: CheckedContinuation<GateJournal.Written, any Error>) -> Bool {
            guard waiting.count < GateQueue.capacity, shares[work.agent, default: 0] < GateQueue.share,
                bytes + work.bytes <= GateQueue.byteCapacity
            else { return false }
            waiting.append(Waiting(work: work, reply: reply))
            shares[work.agent, default: 0] += 1
            bytes += work.bytes
            return true
        }

        /// All that waits; who takes it writes it.
        mutating func takeAll() -> [Waiting] {
            let taken = waiting
            (waiting, shares, bytes) = ([], [:], 0)
            isRunning = !taken.isEmpty
            return taken
        }
    }

    private let journal: GateJournal
    private let line = Mutex(Line())
    private let thread = DispatchQueue(label: "chancery.gate.journal")

    init(_ journal: GateJournal) { self.journal = journal }

    /// - Parameter mayWait: whether the work waits up to ``patience`` for another, to share its signature and its flush.
    /// - Throws: what the work throws, `store.busy` when too many wait, and what the store throws.
    func write(_ work: GateJournal.Work, mayWait: Bool = false) async throws -> GateJournal.Written {
        try await withCheckedThrowingContinuation { reply in
            let isFirst: Bool? = line.withLock { line in
                guard line.take(work, reply) else { return nil }
                guard !mayWait else { return false }
                defer { line.isRunning = true }
                return !line.isRunning
            }
            switch isFirst {
            case nil: reply.resume(throwing: NodeError(.storeBusy, "the gate has as much to write as it takes; try again"))
            case true?: thread.async { self.drain() }
            case false? where mayWait:
                thread.asyncAfter(deadline: .now() + .milliseconds(Self.patience)) { self.drainUnlessRunning() }
            case false?: break
            }
        }
    }

    private func drainUnlessRunning() {
        let isIdle = line.withLock { line in
            guard !line.isRunning, !line.waiting.isEmpty else { return false }
            line.isRunning = true
            return true
        }
        if isIdle { drain() }
    }

    private func drain() {
        while true {
            let taken = line.withLock { $0.takeAll() }
            guard !taken.isEmpty else { return }
            for (waiting, result) in zip(taken, journal.write(taken.map(\.work))) { waiting.reply.resume(with: result) }
        }
    }
}
