internal import ArgumentParser

/// `chancery governance …`
struct GovernanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "governance", abstract: "Decide by quorum which models and agents may run.",
        subcommands: [
            GovernanceEnrol.self, GovernanceInit.self, GovernanceJoin.self, GovernanceMembers.self, GovernancePropose.self,
            GovernanceShow.self, GovernanceVote.self, GovernanceDecisions.self, GovernanceAuthorized.self,
            GovernanceFreeze.self,
            GovernanceUnfreeze.self, GovernanceDelegate.self, GovernanceRevoke.self, GovernanceCertificate.self,
            GovernanceInForce.self,
            GovernanceImport.self, GovernanceExport.self, GovernancePeer.self, GovernanceWatch.self,
            GovernanceAuditCommand.self, GovernanceEquivocations.self,
        ])
}
