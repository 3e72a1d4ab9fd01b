internal import ArgumentParser
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire
internal import Foundation

struct GovernanceVote: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "vote", abstract: "Approve, reject or abstain on a proposal, signed by this home's member.",
        discussion: """
            Shows exactly what is voted on and asks for its six words, as the proposer or another member read them out; \
            scripts give them with --fingerprint. A member votes once: another choice later would cost it its weight.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument(help: "The proposal's id, or how it begins.") var proposal: String
    @Argument(help: "approve, reject or abstain.") var choice: Choice
    @Option(help: "The six words of the proposal.") var fingerprint: String?

    var access: Home.Access { .writing("governance vote") }

    func run(in home: Home) throws {
        let desk = home.desk
        let proposal = try desk.view().proposal(proposal)
        let expected = try Fingerprint(of: proposal.id)
        guard expected.matches(try words(proposal)) else {
            throw NodeError(.rejected, "these are not the six words of the proposal; nothing was signed")
        }
        let key = try desk.keeper.openBallotKey(passphrase.opening(desk.keeper.custody(of: .ballotKey), options))
        let ballot = try desk.vote(choice, on: proposal, key: key)
        try options.show([
            "choice": .string(ballot.choice.rawValue), "proposal": .string(Hex.encode(proposal.id)),
            "voter": .string(ballot.voter.text),
        ]) { "\(ballot.choice.rawValue) on \(Hex.encode(proposal.id).prefix(16))…" }
    }

    private func words(_ proposal: Proposal) throws -> String {
        if let fingerprint { return fingerprint }
        guard isatty(STDIN_FILENO) == 1 else {
            throw UsageError("--fingerprint has the six words, when there is no terminal to ask on")
        }
        try Console.print(proposal.terms.rendering)
        Console.show("The six words: ")
        guard let line = try InputDescriptor.line(of: STDIN_FILENO, limit: 256) else { throw UsageError("no words were given") }
        return String(decoding: line, as: UTF8.self)
    }
}
