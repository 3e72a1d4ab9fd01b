internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryWire

/// What custodians' people approved of a program, and what their federation decided about it.
///
/// Everybody may hand in approvals, so of each custodian only its own latest word is kept: nobody undoes another's, what is shown
/// again changes nothing, and there are never more than custodians.
struct PendingApprovals: Sendable {
    private struct Word: Sendable {
        let approval: Approval
        let bundle: ActivationBundle
    }

    private var words: [DID: Word] = [:]
    /// The latest first, one for each owner's statement that came with it: which of them is the owner's the custodians know.
    private var decided: [ActivationBundle] = []
    private static let mostDecided = 4

    /// Takes approvals that hold.
    ///
    /// - Returns: how many custodians approve these terms now.
    /// - Throws: `compute.approvals_insufficient` for none, and the errors of ``Approval/verify(_:for:by:)``.
    mutating func add(_ bundle: ActivationBundle, of program: [UInt8], by custodians: CustodianSet) throws -> Int {
        let terms = try bundle.terms(of: program, by: custodians)
        let approvals = try bundle.approvals.map { try Approval.verify($0, for: terms, by: custodians) }
        guard !approvals.isEmpty else {
            throw OracleError(.approvalsInsufficient, "no custodian's approval stands with these terms")
        }
        for approval in approvals {
            if let known = words[approval.custodian]?.approval, known.time >= approval.time { continue }
            words[approval.custodian] = Word(approval: approval, bundle: bundle)
        }
        return words.values.count { $0.approval.terms == terms }
    }

    /// Takes what a federation decided, verified; a decision of an earlier epoch does not replace a later one, nor one with another
    /// owner's statement, or none, the one that is there.
    mutating func add(decided bundle: ActivationBundle) {
        guard decided.allSatisfy({ $0.epoch <= bundle.epoch }) else { return }
        decided.removeAll { $0.epoch < bundle.epoch || $0.extraction?.bytes == bundle.extraction?.bytes }
        decided = Array(([bundle] + decided).prefix(Self.mostDecided))
    }

    /// What custodians may be shown, the likeliest first.
    ///
    /// - Throws: `custodian.not_activated` when there is nothing, `compute.approvals_insufficient` when fewer than K custodians
    ///   approve the same.
    func bundles(threshold: Int) throws -> [ActivationBundle] {
        var found = decided
        let groups = Dictionary(grouping: words.values) { $0.approval.terms }.values.sorted { $0.count > $1.count }
        for group in groups where group.count >= threshold {
            let approvals = try group.map { try UnverifiedRecord(decoding: $0.approval.record.bytes) }
            var seen: Set<[UInt8]> = []
            for word in group {
                // Equal terms may come with an owner's statement that only looks the same.
                guard seen.insert(word.bundle.extraction?.bytes ?? []).inserted else { continue }
                var bundle = word.bundle
                bundle.approvals = approvals
                found.append(bundle)
            }
        }
        guard found.isEmpty else { return found }
        guard let most = groups.first?.count else {
            throw CustodianError(.notActivated, "nobody approved the program")
        }
        throw OracleError(.approvalsInsufficient, "\(most) of \(threshold) custodians approved the same terms")
    }
}
