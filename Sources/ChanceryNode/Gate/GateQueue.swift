internal import Dispatch
internal import Synchronization

/// Lets what is asked at the same time be written together: while one step waits for the disk, the next one fills.
final class GateQueue: Sendable {
    /// Most works that wait; whoever comes then is turned away.
    static let capacity = 16_384
    /// Most works of one caller that wait, so that one of them cannot turn the others away. Callers are known; whom a work is about
    /// may be anybody.
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
        /// Of what waits and what is being written.
        var count = 0
        var shares: [String: Int] = [:]
        var bytes = 0
        var isRunning = false

        mutating func take(_ work: GateJournal.Work, _ reply: CheckedContinuation<GateJournal.Written, any Error>) -> Bool {
            guard count < GateQueue.capacity, shares[work.caller, default: 0] < GateQueue.share,
                bytes + work.bytes <= GateQueue.byteCapacity
            else { return false }
            waiting.append(Waiting(work: work, reply: reply))
            count += 1
            shares[work.caller, default: 0] += 1
            bytes += work.bytes
            return true
        }

        /// All that waits, after what was left over; who takes it writes it.
        mutating func takeAll(after left: [Waiting]) -> [Waiting] {
            let taken = left + waiting
            waiting = []
            isRunning = !taken.isEmpty
            return taken
        }

        /// Gives the room of a work that has its answer back.
        mutating func free(_ work: GateJournal.Work) {
            count -= 1
            bytes -= work.bytes
            if let share = shares[work.caller] { shares[work.caller] = share > 1 ? share - 1 : nil }
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
        var left: [Waiting] = []
        while true {
            let taken = line.withLock { [left] in $0.takeAll(after: left) }
            guard !taken.isEmpty else { return }
            let answered = Array(zip(taken, journal.write(taken.map(\.work))))
            line.withLock { line in
                for (waiting, result) in answered where result != nil { line.free(waiting.work) }
            }
            left = []
            for (waiting, result) in answered {
                if let result { waiting.reply.resume(with: result) } else { left.append(waiting) }
            }
        }
    }
}
