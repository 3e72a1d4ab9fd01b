internal import ChanceryVault
internal import ChanceryWire

/// Which refusals are records of their own and which are only counted. Of each caller so many in an hour are; of those that
/// follow the 1st, 2nd, 4th, 8th … stands for all so far, and one more for the rest when the hour is over. A flood fills no disk, and
/// hides neither that it came nor how large it was.
struct RefusalTally: Sendable {
    static let recordsPerHour = 100
    /// What shows that somebody tries what is not theirs: no flood of another kind keeps it from being a record.
    private static let alwaysWritten: Set<String> = [
        "node.retired", "vault.not_an_agent", "vault.owner_only", "vault.unlock_delayed",
    ]
    private static let hour: Int64 = 3_600_000
    /// Callers that are counted at once; when there are more all are written down and begin anew.
    private static let capacity = 4096

    private struct Caller: Hashable, Sendable {
        let principal: String
        /// Whom a caller that acts for several acts for: what is done for one must not hide what is done for another.
        let agent: String?
    }

    private struct Account: Sendable {
        let since: Int64
        var count = 0
        /// How many of those without a record a record told of.
        var told = 0
        var latest: VaultEvent.Refusal

        var beyond: Int { count - RefusalTally.recordsPerHour }

        var summary: VaultEvent.Refusal {
            VaultEvent.Refusal(
                of: latest.operation, latest.codes,
                detail: "\(beyond) refusals of this caller within an hour have no record of their own; the latest: "
                    + latest.detail, principal: latest.principal, artifact: latest.artifact)
        }
    }

    private var accounts: [Caller: Account] = [:]

    /// What is to be written down now that `refusal` came.
    mutating func take(
        _ refusal: VaultEvent.Refusal, for agent: String? = nil, at time: UTCTime
    ) -> [VaultEvent.Refusal] {
        var written = close(at: time)
        guard !refusal.codes.contains(where: { Self.alwaysWritten.contains($0) }) else { return written + [refusal] }
        let caller = Caller(principal: refusal.principal, agent: agent)
        if accounts[caller] == nil, accounts.count >= Self.capacity { written += close() }
        var account = accounts[caller] ?? Account(since: time.milliseconds, latest: refusal)
        account.count += 1
        account.latest = refusal
        if account.beyond <= 0 {
            written.append(refusal)
        } else if account.beyond & (account.beyond - 1) == 0 {
            account.told = account.beyond
            written.append(account.summary)
        }
        accounts[caller] = account
        return written
    }

    /// What is to be written down of callers whose hour is over at `time`; of all without a time.
    mutating func close(at time: UTCTime? = nil) -> [VaultEvent.Refusal] {
        // A clock that was set back ends the hour too.
        let ended = accounts.filter { _, account in
            time.map { !(0..<Self.hour).contains($0.milliseconds - account.since) } ?? true
        }
        for caller in ended.keys { accounts[caller] = nil }
        return ended.values.filter { $0.beyond > $0.told }.map(\.summary)
    }
}
