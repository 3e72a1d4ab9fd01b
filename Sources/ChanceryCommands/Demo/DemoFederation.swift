internal import ChanceryGovernance
internal import ChanceryNode
internal import ChanceryWire
internal import Foundation

/// What the members of a federation on this machine do in a demonstration.
extension LocalCluster {
    /// The first member proposes.
    func propose(_ parameters: ProposalParameters, _ title: String) throws -> Proposal {
        let home = try home(1)
        return try home.desk.propose(
            parameters, title: title, lifetime: 3600, key: home.federation.openBallotKey(.unencrypted))
    }

    func vote(_ choice: Choice, on proposal: Proposal, by member: Int) throws {
        let home = try home(member)
        _ = try home.desk.vote(choice, on: proposal, key: home.federation.openBallotKey(.unencrypted))
    }

    /// Proposes, and lets `members` approve once they have heard of it.
    func approve(_ parameters: ProposalParameters, _ title: String, by members: ClosedRange<Int>) throws -> Proposal {
        let proposal = try propose(parameters, title)
        for member in members {
            try wait("\(title) reaches n\(member)") {
                try home(member).desk.view().proposals.contains { $0.id == proposal.id }
            }
            try vote(.approve, on: proposal, by: member)
        }
        return proposal
    }

    func wait(_ what: String, _ isDone: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if try isDone() { return }
            usleep(20_000)
        }
        throw DemoFailure(detail: "it did not happen in 60 seconds that \(what)")
    }
}
