internal import ArgumentParser
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

struct GovernanceJoin: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Adopt the genesis of a federation. A home belongs to one.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The genesis file, or - for standard input.") var file: String
    @Option(help: "The federation's id, as the founder told it by another way than the file.") var federation: String

    var access: Home.Access { .creating("governance join") }

    func run(in home: Home) throws {
        let genesis = try home.federation.adopt(UserFile.read(file, limit: Genesis.maximumBytes), as: FederationID(federation))
        let own = try home.federation.enrolment()?.did
        let isMember = own.flatMap { genesis.committee[$0] } != nil
        try options.show([
            "federation": .string(genesis.federation.text), "member": .bool(isMember), "name": .string(genesis.name),
        ]) {
            "joined \(Console.printable(genesis.name)) (\(genesis.federation)) as \(isMember ? "a member" : "an observer")"
        }
    }
}

struct GovernanceMembers: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "members", abstract: "List who decides, with which weight and by which thresholds.")

    @OptionGroup var options: GlobalOptions

    func run(in home: Home) throws {
        let committee = try home.desk.view().state.committee
        try options.show(committee.json) {
            var table = Table(["name", "weight", "did"])
            for member in committee.members { table.add([member.name, String(member.weight), member.did.text]) }
            let kinds = ProposalKind.allCases.map { kind in
                let threshold = committee.thresholds[kind]
                return "  \(kind.rawValue): \(threshold.profile.rawValue), \(threshold.approval)"
            }
            return "federation \(committee.federation), epoch \(committee.epoch), total weight \(committee.totalWeight)\n"
                + table.text + "\nthresholds\n" + kinds.joined(separator: "\n")
        }
    }
}
