internal import ArgumentParser

/// `chancery governance …`
struct GovernanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "governance", abstract: "Decide by quorum which models and agents may run.",
        subcommands: [GovernanceEnrol.self, GovernanceInit.self, GovernanceJoin.self, GovernanceMembers.self])
}
