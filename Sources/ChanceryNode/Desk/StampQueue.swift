internal import Dispatch
internal import Synchronization

/// Lets what several agents stamp at the same time be written together: while one step waits for the disk, the next one fills.
final class StampQueue: Sendable {
    /// Most works that wait; whoever comes then is turned away.
    static let capacity = 4096
    /// Most works of one caller that wait, so that none of them turns the others away.
    static let share = capacity / 4
    /// Most bytes of requests that wait.
    static let byteCapacity = 64 << 20
    /// Most events of one step, so that nobody waits for many signatures of others. A work is never split.
    static let stepEvents = 1024

    struct Work: Sendable {
        let stamp: StampWork
        let caller: String
        /// About how much memory it holds.
        let bytes: Int
    }

    private struct Waiting: Sendable {
        let work: Work
        let reply: CheckedContinuation<[StampReceipt], any Error>
    }

    private struct Line {
        var waiting: [Waiting] = []
        /// Of what waits and what is being written.
        var count = 0
        var shares: [String: Int] = [:]
        var bytes = 0
        var isRunning = false

        mutating func take(_ next: Waiting) -> Bool {
            let work = next.work
            guard count < StampQueue.capacity, shares[work.caller, default: 0] < StampQueue.share,
                bytes + work.bytes <= StampQueue.byteCapacity
            else { return false }
            waiting.append(next)
            count += 1
            shares[work.caller, default: 0] += 1
            bytes += work.bytes
            return true
        }

        /// What the next step writes.
        mutating func next() -> [Waiting] {
            var (events, taken) = (0, 0)
            for waiting in waiting {
                events += waiting.work.stamp.payloads.count
                guard taken == 0 || events <= StampQueue.stepEvents else { break }
                taken += 1
            }
            let step = Array(waiting.prefix(taken))
            waiting.removeFirst(taken)
            isRunning = !step.isEmpty
            return step
        }

        mutating func free(_ work: Work) {
            count -= 1
            bytes -= work.bytes
            if let share = shares[work.caller] { shares[work.caller] = share > 1 ? share - 1 : nil }
        }
    }

    private let write: @Sendable ([StampWork]) -> [Result<[StampReceipt], any Error>]
    private let line = Mutex(Line())
    private let thread = DispatchQueue(label: "chancery.desk.stamps")

    /// - Parameter write: makes works durable in one step, and gives a result for each.
    init(_ write: @escaping @Sendable ([StampWork]) -> [Result<[StampReceipt], any Error>]) { self.write = write }

    /// - Throws: `store.busy` when too many wait, and what writing throws.
    func stamp(_ work: Work) async throws -> [StampReceipt] {
        try await withCheckedThrowingContinuation { reply in
            let isFirst: Bool? = line.withLock { line in
                guard line.take(Waiting(work: work, reply: reply)) else { return nil }
                defer { line.isRunning = true }
                return !line.isRunning
            }
            switch isFirst {
            case nil: reply.resume(throwing: NodeError(.storeBusy, "as much waits to be stamped as may; try again"))
            case true?: thread.async { self.drain() }
            case false?: break
            }
        }
    }

    private func drain() {
        while true {
            let step = line.withLock { $0.next() }
            guard !step.isEmpty else { return }
            let results = write(step.map(\.work.stamp))
            line.withLock { line in for waiting in step { line.free(waiting.work) } }
            for (waiting, result) in zip(step, results) { waiting.reply.resume(with: result) }
        }
    }
}
