package import ChanceryWire

/// How much is done for each of some callers in a span of time, so that none of them costs a node more than that.
package struct Budget<Caller: Hashable & Sendable>: Sendable {
    /// Callers that are remembered; when there are more all begin anew.
    private static var capacity: Int { 4096 }

    private let amount: Int
    private let span: Int64
    private var spent: [Caller: (since: Int64, amount: Int)] = [:]

    /// `span` in milliseconds.
    package init(_ amount: Int, each span: Int64) {
        self.amount = amount
        self.span = span
    }

    /// Whether something is left for `caller`.
    func hasRoom(for caller: Caller, at time: UTCTime) -> Bool { self.account(of: caller, at: time).amount < amount }

    /// Takes `cost` while something is left, even if less is.
    ///
    /// - Returns: whether something was left.
    package mutating func spend(_ cost: Int, for caller: Caller, at time: UTCTime) -> Bool {
        var account = self.account(of: caller, at: time)
        guard account.amount < amount else { return false }
        account.amount += cost
        if spent.count >= Self.capacity, spent[caller] == nil { spent = [:] }
        spent[caller] = account
        return true
    }

    /// Takes a cost back that came to nothing.
    mutating func giveBack(_ cost: Int, to caller: Caller) {
        guard let account = spent[caller] else { return }
        spent[caller]?.amount = max(0, account.amount - cost)
    }

    private func account(of caller: Caller, at time: UTCTime) -> (since: Int64, amount: Int) {
        // A clock that was set back begins anew.
        guard let account = spent[caller], (0..<span).contains(time.milliseconds - account.since) else {
            return (time.milliseconds, 0)
        }
        return account
    }
}
