internal import ChanceryLedger
internal import ChanceryWire

/// How much is done for each member in a span of time, so that none of them costs a node more than that.
struct MemberBudget: Sendable {
    private let amount: Int
    private let span: Int64
    private var spent: [DID: (since: Int64, amount: Int)] = [:]

    /// `span` in milliseconds.
    init(_ amount: Int, each span: Int64) {
        self.amount = amount
        self.span = span
    }

    /// Whether something is left for `member`.
    func hasRoom(for member: DID, at time: UTCTime) -> Bool { self.account(of: member, at: time).amount < amount }

    /// Takes `cost` while something is left, even if less is.
    ///
    /// - Returns: whether something was left.
    mutating func spend(_ cost: Int, for member: DID, at time: UTCTime) -> Bool {
        var account = self.account(of: member, at: time)
        guard account.amount < amount else { return false }
        account.amount += cost
        spent[member] = account
        return true
    }

    private func account(of member: DID, at time: UTCTime) -> (since: Int64, amount: Int) {
        // A clock that was set back begins anew.
        guard let account = spent[member], (0..<span).contains(time.milliseconds - account.since) else {
            return (time.milliseconds, 0)
        }
        return account
    }
}
