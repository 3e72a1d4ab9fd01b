internal import ChancerySuite
internal import ChanceryVault
internal import Dispatch
internal import Synchronization

/// Seals or opens the runs of one body on several cores and gives them back in their order.
///
/// The caller's own thread reads, writes and hands out; helpers do nothing but the work on runs. When the caller would wait,
/// it works too, so a body comes to its end also when no helper ever starts, and with one worker all of it happens on the
/// caller's thread. The number of runs is fixed, and so is the memory.
final class BodyCrew: Sendable {
    typealias Work = @Sendable (inout BodyRun) throws -> Void

    /// More cores than these have little to do, as one thread reads and writes for all of them; and more runs take memory.
    static let mostWorkers = 4

    private struct State {
        /// Runs in the order in which they were handed over.
        var waiting: [BodyRun] = []
        var done: [UInt64: BodyRun] = [:]
        var failed: [UInt64: any Error] = [:]
        var isClosed = false
        /// Helpers that have begun and not ended.
        var inside = 0
        var idleHelpers = 0
        var isCallerIdle = false
    }

    private let work: Work
    private let state = Mutex(State())
    // These block threads of a pool that has no task on it, and the caller, which has nothing else to do: each is signalled once
    // for each that said it is idle.
    private let forHelpers = DispatchSemaphore(value: 0)
    private let forCaller = DispatchSemaphore(value: 0)

    /// - Parameter workers: how many cores may be used, the caller's included.
    init(workers: Int, _ work: @escaping Work) {
        self.work = work
        for _ in 1..<max(2, min(workers, Self.mostWorkers)) where workers > 1 {
            DispatchQueue.global(qos: .userInitiated).async { [self] in help() }
        }
    }

    /// How many runs are worth having for so many workers: each works on one while another is read or written.
    static func runs(workers: Int) -> Int { workers > 1 ? 2 * min(workers, mostWorkers) + 2 : 1 }

    /// Hands a run over. Whoever holds another copy of it pays for a copy of its buffers.
    func submit(_ run: consuming BodyRun) {
        var handed: BodyRun? = consume run
        let wakes = state.withLock { state in
            if let run = handed.take() { state.waiting.append(run) }
            guard state.idleHelpers > 0 else { return false }
            state.idleHelpers -= 1
            return true
        }
        if wakes { forHelpers.signal() }
    }

    /// The run called `number` when it is done; nil when it is not.
    ///
    /// - Throws: what the work on it threw.
    func takeIfDone(_ number: UInt64) throws -> BodyRun? {
        try state.withLock { state in
            if let error = state.failed[number] { throw error }
            return state.done.removeValue(forKey: number)
        }
    }

    /// The run called `number`, which was handed over. Works on others until it is done.
    func take(_ number: UInt64) throws -> BodyRun {
        while true {
            if let run = try takeIfDone(number) { return run }
            if workOnce() { continue }
            let waits = state.withLock { state in
                guard state.done[number] == nil, state.failed[number] == nil else { return false }
                state.isCallerIdle = true
                return true
            }
            if waits { forCaller.wait() }
        }
    }

    /// Lets the helpers go and erases what they held. Call it when no run is wanted any more.
    func close() {
        let (idle, waits) = state.withLock { state in
            state.isClosed = true
            for index in state.waiting.indices { state.waiting[index].erase() }
            for number in state.done.keys { state.done[number]?.erase() }
            state.waiting = []
            state.done = [:]
            defer { state.idleHelpers = 0 }
            state.isCallerIdle = state.inside > 0
            return (state.idleHelpers, state.isCallerIdle)
        }
        for _ in 0..<idle { forHelpers.signal() }
        if waits { forCaller.wait() }
    }

    /// Works on the next run that waits.
    ///
    /// - Returns: whether there was one.
    private func workOnce() -> Bool {
        guard var run = state.withLock({ $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }) else { return false }
        let number = run.number
        var failure: (any Error)?
        do { try work(&run) } catch {
            run.erase()
            failure = error
        }
        var finished: BodyRun? = consume run
        let wakes = state.withLock { state in
            guard !state.isClosed else {
                finished?.erase()
                return false
            }
            if let failure { state.failed[number] = failure } else { state.done[number] = finished.take() }
            defer { state.isCallerIdle = false }
            return state.isCallerIdle
        }
        if wakes { forCaller.signal() }
        return true
    }

    private func help() {
        // Who comes when all is over must not be waited for.
        let isOver = state.withLock { state in
            if !state.isClosed { state.inside += 1 }
            return state.isClosed
        }
        guard !isOver else { return }
        while true {
            if workOnce() { continue }
            enum Next { case work, wait, leave(wakes: Bool) }
            let next = state.withLock { state -> Next in
                if state.isClosed {
                    state.inside -= 1
                    let wakes = state.inside == 0 && state.isCallerIdle
                    if wakes { state.isCallerIdle = false }
                    return .leave(wakes: wakes)
                }
                guard state.waiting.isEmpty else { return .work }
                state.idleHelpers += 1
                return .wait
            }
            switch next {
            case .work: continue
            case .wait: forHelpers.wait()
            case .leave(let wakes):
                if wakes { forCaller.signal() }
                return
            }
        }
    }
}
