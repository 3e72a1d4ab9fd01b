package import ChanceryOracle
internal import ChancerySuite
package import ChanceryWire

/// Which refusals are events of their own and which are only counted: one of a client's for one reason in a minute is, and stands for
/// those since the last one. The same claim is not counted twice. So a flood fills no log, and hides neither that it came nor how large
/// it was. What is counted is in memory, and lost with the process.
package struct RefusalTally: Sendable {
    /// What goes into a program's history.
    package struct Note: Sendable {
        package let program: [UInt8]
        package let event: EvaluationEvent
    }

    private struct Account: Hashable, Sendable {
        let program: [UInt8]
        let client: Digest256
        let reason: ComputeRefusal
    }

    private struct Minute: Sendable {
        let since: UTCTime
        /// The latest refusal that has no event, and how many there are.
        var latest: EvaluationEvent?
        var count: Int64 = 0
    }

    private struct Known: Hashable, Sendable {
        let claim: Digest256
        let reason: ComputeRefusal
    }

    private static let minute: Int64 = 60_000
    /// Accounts that are counted at once; when there are more all are written down and begin anew.
    package static let mostAccounts = 4096
    /// Half as many of the latest claims are known at least, and no more than these.
    package static let mostClaims = 8192

    private var minutes: [Account: Minute] = [:]
    private var known = Recent<Known>(capacity: mostClaims)

    package init() {}

    /// What is to be written down now that a claim was refused.
    package mutating func take(_ refusal: EvaluationEvent, in program: [UInt8], at time: UTCTime) -> [Note] {
        guard let reason = refusal.refusal, known.insert(Known(claim: refusal.claim, reason: reason)) else { return [] }
        let account = Account(program: program, client: refusal.client, reason: reason)
        if let minute = minutes[account], !Self.isOver(minute, at: time) {
            minutes[account]?.latest = refusal
            minutes[account]?.count += 1
            return []
        }
        let others = minutes.removeValue(forKey: account)?.count ?? 0
        let written = minutes.count < Self.mostAccounts ? [] : settle()
        minutes[account] = Minute(since: time)
        return written + [Self.note(refusal, others: others, account)]
    }

    /// What is to be written down of minutes that are over at `time`; of all without a time.
    package mutating func settle(at time: UTCTime? = nil) -> [Note] {
        var written: [Note] = []
        for (account, minute) in minutes {
            if let time, !Self.isOver(minute, at: time) { continue }
            minutes[account] = nil
            guard let latest = minute.latest else { continue }
            written.append(Self.note(latest, others: minute.count - 1, account))
            // This one is the event of the next minute.
            if let time { minutes[account] = Minute(since: time) }
        }
        return written
    }

    /// A clock that was set back ends a minute too.
    private static func isOver(_ known: Minute, at time: UTCTime) -> Bool {
        !(0..<minute).contains(time.milliseconds - known.since.milliseconds)
    }

    private static func note(_ refusal: EvaluationEvent, others: Int64, _ account: Account) -> Note {
        var event = refusal
        event.others = others
        return Note(program: account.program, event: event)
    }
}
