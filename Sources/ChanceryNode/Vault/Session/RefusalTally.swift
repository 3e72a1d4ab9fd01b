internal import ChanceryVault
internal import ChanceryWire

/// Which refusals are records of their own and which are only counted. Of each caller so many in an hour are; of those that
/// follow the 1st, 2nd, 4th, 8th … stands for all so far, and one more for the rest when the hour is over. A flood fills no disk, and
/// hides neither that it came nor how large it was. What is graver than the rest is counted apart from it, by the same rule.
struct RefusalTally: Sendable {
    static let recordsPerHour = 100
    /// What shows that somebody tries what is not theirs.
    static let grave: Set<String> = ["node.retired", "vault.not_an_agent", "vault.owner_only", "vault.unlock_delayed"]
    private static let hour: Int64 = 3_600_000
    /// Callers that are counted at once, and what waits to be written; when there are more callers all are written down and
    /// begin anew.
    private static let capacity = 4096

    /// What is to be written down.
    struct Note: Sendable {
        let refusal: VaultEvent.Refusal
        /// Whom the caller asked for, when that is somebody else.
        let agent: String?
    }

    private struct Caller: Hashable, Sendable {
        let principal: String
        /// Whom a caller that acts for several acts for: what is done for one must not hide what is done for another.
        let agent: String?
        /// The code that is counted apart: no flood of another kind keeps it from being a record.
        let code: String?
    }

    private struct Account: Sendable {
        let since: Int64
        var count = 0
        /// How many of those without a record a record told of.
        var told = 0
        var latest: VaultEvent.Refusal

        var beyond: Int { count - RefusalTally.recordsPerHour }

        func summary(for agent: String?) -> Note {
            let whose = agent.map { " for `\($0)`" } ?? ""
            let summary = VaultEvent.Refusal(
                of: latest.operation, latest.codes,
                detail: "\(beyond) refusals of this caller\(whose) within an hour have no record of their own; the latest: "
                    + latest.detail, principal: latest.principal, artifact: latest.artifact)
            return Note(refusal: summary, agent: agent)
        }
    }

    private let apart: Set<String>
    private var accounts: [Caller: Account] = [:]
    /// What could not be written down.
    private var owed: [Note] = []

    /// - Parameter apart: codes that are counted for themselves.
    init(apart: Set<String> = []) { self.apart = apart }

    /// What is to be written down now that `refusal` came.
    mutating func take(_ refusal: VaultEvent.Refusal, for agent: String? = nil, at time: UTCTime) -> [Note] {
        var written = close(at: time)
        let caller = Caller(
            principal: refusal.principal, agent: agent, code: refusal.codes.first { apart.contains($0) })
        if accounts[caller] == nil, accounts.count >= Self.capacity { written += close() }
        var account = accounts[caller] ?? Account(since: time.milliseconds, latest: refusal)
        account.count += 1
        account.latest = refusal
        if account.beyond <= 0 {
            written.append(Note(refusal: refusal, agent: agent))
        } else if account.beyond & (account.beyond - 1) == 0 {
            account.told = account.beyond
            written.append(account.summary(for: agent))
        }
        accounts[caller] = account
        return written
    }

    /// What is to be written down of callers whose hour is over at `time`; of all without a time.
    mutating func close(at time: UTCTime? = nil) -> [Note] {
        // A clock that was set back ends the hour too.
        let ended = accounts.filter { _, account in
            time.map { !(0..<Self.hour).contains($0.milliseconds - account.since) } ?? true
        }
        for caller in ended.keys { accounts[caller] = nil }
        defer { owed = [] }
        return owed + ended.filter { $0.value.beyond > $0.value.told }.map { $0.value.summary(for: $0.key.agent) }
    }

    /// Takes back what could not be written down; it comes again with what is to be written next.
    mutating func putBack(_ notes: [Note]) { owed = Array((notes + owed).prefix(Self.capacity)) }
}
