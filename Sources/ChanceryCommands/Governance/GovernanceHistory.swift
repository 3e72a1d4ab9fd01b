internal import ArgumentParser
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
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
            for operation in operations { try Console.print(Console.json(Self.json(operation))) }
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

    private static func json(_ operation: FederationDesk.Operation) -> JSONValue {
        [
            "actor_did": .string(operation.actor), "decision": operation.choice.map { .string($0.rawValue) } ?? .null,
            "kind": operation.kind.map { .string($0.rawValue) } ?? .null, "operation": .string(operation.operation.rawValue),
            "position": .integer(Int64(clamping: operation.position)),
            "proposal_id": operation.proposal.map { .string(Hex.encode($0)) } ?? .null,
            "subject_id": operation.subject.map { .string($0) } ?? .null,
            "timestamp": operation.time.map { .string($0.text) } ?? .null,
        ]
    }
}

struct GovernanceEquivocations: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "equivocations", abstract: "List members that contradicted themselves, and whether that is ordered.")

    @OptionGroup var options: GlobalOptions

    func run(in home: Home) throws {
        let view = try home.desk.view()
        let found = try home.desk.operations().filter { $0.operation == .byzantineDetected }
        let rows = found.map { operation in
            let did = try? DID(operation.actor)
            return (
                actor: operation.actor, name: did.flatMap { view.state.committee[$0]?.name } ?? "",
                isOrdered: did.map { view.state.isExcluded($0) } ?? false, position: operation.position
            )
        }
        try options.show(
            .array(
                rows.map {
                    [
                        "did": .string($0.actor), "excluded": .bool($0.isOrdered),
                        "position": .integer(Int64(clamping: $0.position)),
                    ]
                })
        ) {
            var table = Table(["member", "did", "excluded", "record"])
            for row in rows { table.add([row.name, row.actor, row.isOrdered ? "yes" : "not yet", String(row.position)]) }
            return rows.isEmpty ? "nobody contradicted itself" : table.text
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
        var last = ""
        while true {
            let view = try home.desk.view()
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
            switch standing {
            case .decided: return
            case .superseded, .voting(.rejected), .voting(.expired), .voting(.noQuorum): throw Stop(code: ExitStatus.refused)
            case .voting: break
            }
            guard Home.now() < end else { throw Stop(code: ExitStatus.refused) }
            usleep(200_000)
        }
    }
}
