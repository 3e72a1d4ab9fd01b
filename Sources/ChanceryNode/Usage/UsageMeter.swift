internal import ChancerySuite
public import ChanceryWire
internal import Synchronization

/// Counts what each key is used for at one server, and holds it against the key's quotas. In memory; ``flush()`` writes it
/// down and hears what other servers of the home wrote.
///
/// Several servers of a home together let through at most the quota and, for each server beyond the first, one batch: a tenth
/// of the quota, or what it grants in a minute where that is more. What a crash loses of the count is at most one batch of the
/// server that crashed. Answers that are under way may carry a quota of bytes beyond its end.
public final class UsageMeter: Sendable {
    /// How long usage waits to be written down.
    public static let interval: Int64 = 60
    /// Requests of all keys that do not wait for the interval.
    public static let longestWait: Int64 = 10_000

    /// What becomes of a request.
    public enum Verdict: Sendable, Equatable {
        /// It is counted.
        case admitted
        /// First ``UsageMeter/flush()``, then ask again: so much is not yet written down.
        case flushFirst
        case refused(QuotaExcess)
    }

    private struct Refusals {
        var noted: Int64?
        var count: Int64 = 0
    }

    private struct State {
        /// By line.
        var windows: [String: [QuotaWindow]] = [:]
        var refusals: [String: Refusals] = [:]
        /// By key: what is not yet written down.
        var usage: [String: UsageRecord] = [:]
        var waiting: Int64 = 0
        /// Whether what was used before is counted.
        var isCaughtUp = false
        var oldest: UTCTime?
        var latest = UTCTime(milliseconds: 0)
    }

    private let journal: UsageJournal?
    private let keys: APIKeyRegistry
    private let now: @Sendable () -> UTCTime
    private let server = Hex.encode(SystemRandom.bytes(8))
    private let state = Mutex(State())
    /// The number of the next record. Held while records are written.
    private let next = Mutex<Int64>(0)

    /// - Parameter journal: without one nothing is written down, and a key with a quota is not served.
    public init(_ journal: UsageJournal?, keys: APIKeyRegistry, now: @escaping @Sendable () -> UTCTime) {
        self.journal = journal
        self.keys = keys
        self.now = now
    }

    /// Counts a request of `key` with a body of so many bytes, if the key's quotas allow it.
    ///
    /// - Throws: `api.usage_unkept` for a key with a quota where nothing is written down.
    public func admit(_ key: APIKeyStatement, bytes: Int) throws -> Verdict {
        guard key.quotas.isEmpty || journal != nil else {
            throw UsageError(.unkept, "the key has a quota, and this server keeps no usage: `chancery api-key init`")
        }
        let bytes = Int64(clamping: bytes)
        return state.withLock { state in
            let time = advance(&state)
            if !key.quotas.isEmpty {
                guard state.isCaughtUp else { return .flushFirst }
                var windows = state.windows.removeValue(forKey: key.line) ?? key.quotas.map { QuotaWindow($0) }
                defer { state.windows[key.line] = windows }
                if windows.contains(where: \.isBatchFull) { return .flushFirst }
                if let excess = Self.excess(of: &windows, bytes, at: time) {
                    var refusals = state.refusals[key.line] ?? Refusals()
                    refusals.count += 1
                    let isDue = refusals.noted.map { time.milliseconds - $0 >= max(60, excess.quota.seconds) * 1000 } ?? true
                    let told = isDue ? refusals.count : 0
                    state.refusals[key.line] = isDue ? Refusals(noted: time.milliseconds) : refusals
                    count(key, in: &state, at: time) { $0.refused += 1 }
                    return .refused(excess.noting(told))
                }
                for index in windows.indices {
                    windows[index].use(windows[index].quota.unit == .requests ? 1 : bytes, at: time.milliseconds)
                }
            }
            count(key, in: &state, at: time) { usage in
                usage.admitted += 1
                usage.bytesIn = usage.bytesIn.addingWithinBounds(bytes)
            }
            return .admitted
        }
    }

    /// Counts an answer, admitted or not.
    ///
    /// - Parameters:
    ///   - route: its id.
    ///   - bytes: of the body, as far as they are known; ``note(bytes:of:)`` counts the others as they go.
    public func note(_ route: String, status: Int, bytes: Int, of key: APIKeyStatement) {
        let answer = UsageRecord.Answer(route, min(max(status / 100, 1), 5))
        note(bytes, of: key) { usage in
            if usage.answers[answer] != nil || usage.answers.count < UsageRecord.mostAnswers {
                usage.answers[answer, default: 0] += 1
            }
        }
    }

    /// Counts bytes of an answer as they go.
    public func note(bytes: Int, of key: APIKeyStatement) { note(bytes, of: key) { _ in } }

    private func note(_ bytes: Int, of key: APIKeyStatement, _ change: (inout UsageRecord) -> Void) {
        let bytes = Int64(clamping: bytes)
        state.withLock { state in
            let time = advance(&state)
            if var windows = state.windows.removeValue(forKey: key.line) {
                for index in windows.indices where windows[index].quota.unit == .bytes {
                    windows[index].use(bytes, at: time.milliseconds)
                }
                state.windows[key.line] = windows
            }
            count(key, in: &state, at: time) { usage in
                usage.bytesOut = usage.bytesOut.addingWithinBounds(bytes)
                change(&usage)
            }
        }
    }

    /// Whether usage has waited long enough to be written down.
    public var isDue: Bool {
        state.withLock { state in
            guard journal != nil, let oldest = state.oldest else { return false }
            let time = advance(&state)
            return state.waiting >= Self.longestWait || oldest.advanced(bySeconds: Self.interval) <= time
        }
    }

    /// Writes down what was counted since the last time, one record for each key that was used, and counts what other servers
    /// wrote. At the start it brings back what was used before.
    ///
    /// - Throws: what the store throws; what was counted waits for the next time then.
    public func flush() throws {
        guard let journal else { return }
        try next.withLock { next in
            let (usage, time) = state.withLock { state in
                let time = advance(&state)
                defer { (state.usage, state.waiting, state.oldest) = ([:], 0, nil) }
                return (state.usage.values.sorted { $0.keyID < $1.keyID }, time)
            }
            let first = next
            let records = usage.enumerated().map { index, usage in usage.numbered(first + Int64(index), to: time) }
            do {
                let registered = try keys.keys()
                let longest = registered.flatMap(\.quotas).map(\.seconds).max() ?? 0
                let heard = try journal.write(records, since: time.advanced(bySeconds: -longest - 1))
                next += Int64(records.count)
                let byID = Dictionary(registered.map { ($0.keyID, $0) }, uniquingKeysWith: { first, _ in first })
                state.withLock { state in
                    state.isCaughtUp = true
                    for record in heard where record.server != server { Self.take(record, of: byID[record.keyID], &state) }
                    for record in records { Self.settle(record, of: byID[record.keyID], &state) }
                }
            } catch {
                state.withLock { state in
                    for record in usage { restore(record, &state) }
                }
                throw error
            }
        }
    }

    // MARK: the count

    /// Time that never goes back: a clock that was set back gives nobody a second quota.
    private func advance(_ state: inout State) -> UTCTime {
        state.latest = max(state.latest, now())
        return state.latest
    }

    private func count(
        _ key: APIKeyStatement, in state: inout State, at time: UTCTime, _ change: (inout UsageRecord) -> Void
    ) {
        change(
            &state.usage[
                key.keyID,
                default: UsageRecord(key.keyID, of: key.name, server: server, number: 0, from: time, to: time)])
        state.waiting += 1
        state.oldest = state.oldest ?? time
    }

    private static func excess(of windows: inout [QuotaWindow], _ bytes: Int64, at time: UTCTime) -> QuotaExcess? {
        var worst: QuotaExcess?
        for index in windows.indices {
            let (quota, time) = (windows[index].quota, time.milliseconds)
            // Where nothing is left, not even an empty body goes through.
            let amount = quota.unit == .requests ? 1 : max(1, bytes)
            guard !windows[index].allows(amount, at: time) else { continue }
            let wait = (windows[index].wait(for: amount, at: time) + 999) / 1000
            if wait > worst?.retryAfter ?? 0 { worst = QuotaExcess(quota, retryAfter: wait) }
        }
        return worst
    }

    /// Counts what another server wrote, or this one before it started again: all of it as used at the record's end.
    private static func take(_ record: UsageRecord, of key: APIKeyStatement?, _ state: inout State) {
        guard let key, !key.quotas.isEmpty else { return }
        var windows = state.windows[key.line] ?? key.quotas.map { QuotaWindow($0) }
        for index in windows.indices {
            windows[index].note(record.amount(of: windows[index].quota.unit), at: record.to.milliseconds)
        }
        state.windows[key.line] = windows
    }

    private static func settle(_ record: UsageRecord, of key: APIKeyStatement?, _ state: inout State) {
        guard let key, var windows = state.windows.removeValue(forKey: key.line) else { return }
        for index in windows.indices { windows[index].pay(record.amount(of: windows[index].quota.unit)) }
        state.windows[key.line] = windows
    }

    /// Brings back what could not be written down.
    private func restore(_ record: UsageRecord, _ state: inout State) {
        state.waiting += 1
        state.oldest = min(state.oldest ?? record.from, record.from)
        guard var newer = state.usage[record.keyID] else {
            state.usage[record.keyID] = record
            return
        }
        newer.add(record)
        state.usage[record.keyID] = newer
    }
}

/// A request beyond a quota of its key.
public struct QuotaExcess: CodedError, Equatable {
    public let quota: APIKeyQuota
    /// Seconds until such a request goes through.
    public let retryAfter: Int64
    /// Refusals since they were last told, this one among them; 0 when they are not to be told now, so that a key that goes on
    /// asking fills no disk.
    public let refusals: Int64

    init(_ quota: APIKeyQuota, retryAfter: Int64, refusals: Int64 = 0) {
        self.quota = quota
        self.retryAfter = retryAfter
        self.refusals = refusals
    }

    func noting(_ refusals: Int64) -> QuotaExcess { QuotaExcess(quota, retryAfter: retryAfter, refusals: refusals) }

    public var code: String { UsageError.Reason.exceeded.rawValue }
    public var detail: String { "the quota `\(quota.text)` of the key is used up; try again in \(retryAfter) s" }
}
