internal import ArgumentParser
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryWire
internal import Foundation

struct GovernanceAuditCommand: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "List what happened, in the order in which this home learned of it.",
        discussion: "Operations have the names of pqc-ai-governance. `log audit` verifies every record behind them.")

    @OptionGroup var options: GlobalOptions

    func run(in home: Home) throws {
        let operations = try home.desk.operations()
        if options.json {
            for operation in operations { try Console.print(Console.json(OperationBody.json(operation))) }
            return
        }
        var table = Table(["position", "operation", "kind", "proposal", "actor", "choice"])
        for operation in operations {
            table.add([
                String(operation.position), operation.operation.rawValue, operation.kind?.rawValue ?? "",
                String(operation.proposal.map { Hex.encode($0).prefix(16) } ?? ""), String(operation.actor.suffix(16)),
                operation.choice?.rawValue ?? "",
            ])
        }
        try Console.print(table.text)
    }
}

struct GovernanceEquivocations: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "equivocations", abstract: "List members that contradicted themselves, and whether that is ordered.")

    @OptionGroup var options: GlobalOptions

    func run(in home: Home) throws {
        let found = try home.desk.equivocations()
        try options.show(.array(found.map(EquivocationBody.json))) {
            var table = Table(["member", "did", "excluded", "record"])
            for one in found { table.add([one.name, one.member, one.isExcluded ? "yes" : "not yet", String(one.position)]) }
            return found.isEmpty ? "nobody contradicted itself" : table.text
        }
        for member in Set(found.filter { !$0.name.isEmpty }.map(\.member)).sorted() {
            options.remark("to remove it: chancery governance propose remove-node --member \(member)")
        }
    }
}

struct GovernanceWatch: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow the voting on a proposal until it is decided, rejected or over.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The proposal's id, or how it begins.") var proposal: String
    @Option(help: "Give up after so many seconds; 0 waits until the proposal expires.") var timeout: Int64 = 0

    func run(in home: Home) throws {
        let proposal = try home.desk.view().proposal(proposal)
        let end = timeout > 0 ? min(proposal.terms.expires, Home.now().advanced(bySeconds: timeout)) : proposal.terms.expires
        let desk = home.desk
        var last = ""
        while true {
            let view = try desk.view()
            let standing = view.standing(of: proposal, at: Home.now())
            let weights = view.ballots[proposal.id]?.weights ?? .init()
            let line = "\(standing.text)  \(weights.approve) approve, \(weights.reject) reject, \(weights.abstain) abstain"
            if line != last {
                try options.show([
                    "abstain": .integer(weights.abstain), "approve": .integer(weights.approve),
                    "reject": .integer(weights.reject), "standing": .string(standing.text),
                ]) { line }
                last = line
            }
            if case .decided = standing { return }
            guard !standing.isFinal else { throw Stop(code: ExitStatus.refused) }
            guard Home.now() < end else { throw Stop(code: ExitStatus.refused) }
            usleep(200_000)
        }
    }
}
