public import ArgumentParser
public import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

/// A command that signs a proposal of the member and prints exactly what was signed.
protocol ProposingCommand: HomeCommand {
    var passphrase: PassphraseOptions { get }
    var terms: ProposalOptions { get }
    var proposed: ProposalKind { get }
}

extension ProposingCommand {
    var access: Home.Access { .writing("governance \(Self.configuration.commandName ?? "propose")") }

    func run(in home: Home) throws { try terms.propose(terms.parameters(proposed), home, passphrase, options) }
}

struct GovernancePropose: ProposingCommand {
    static let configuration = CommandConfiguration(
        commandName: "propose", abstract: "Propose something to the federation, signed by this home's member.",
        discussion: """
            KIND and what it needs: authorize-model, revoke-model (--manifest, --scope); authorize-agent (--agent, --role, \
            --scope), revoke-agent (--agent, --scope); update-policy (--policy); add-node (--enrolment, --weight), remove-node \
            (--member), rotate-key (--enrolment); emergency-freeze (--scope, --room, --reason), unfreeze (--freeze); delegation \
            (--delegator, --delegate, --scope, --until); activate-program (--program, --version, --policy, --custodian, \
            --threshold). Printed is exactly what is signed, with six words by which voters recognise it.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var terms: ProposalOptions
    @Argument(help: "The kind of proposal.") var kind: ProposalKind

    var proposed: ProposalKind { kind }
}

/// Stops work at once; a proposal of the kind emergency-freeze.
struct GovernanceFreeze: ProposingCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze", abstract: "Propose to stop gate, vault or compute in a scope at once.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var terms: ProposalOptions

    var proposed: ProposalKind { .emergencyFreeze }
}

struct GovernanceUnfreeze: ProposingCommand {
    static let configuration = CommandConfiguration(
        commandName: "unfreeze", abstract: "Propose to lift freezes, each named by the id of its proposal.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var terms: ProposalOptions

    var proposed: ProposalKind { .unfreeze }
}

struct GovernanceDelegate: ProposingCommand {
    static let configuration = CommandConfiguration(
        commandName: "delegate", abstract: "Propose that an agent may act for another, within what that one may.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var terms: ProposalOptions

    var proposed: ProposalKind { .delegation }
}

struct GovernanceRevoke: ProposingCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Propose to take back what a model (--manifest) or an agent (--agent) was granted.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var terms: ProposalOptions

    var proposed: ProposalKind { terms.manifest != nil ? .revokeModel : .revokeAgent }
}

extension ProposalKind: ExpressibleByArgument {}
extension Room: ExpressibleByArgument {}
extension Choice: ExpressibleByArgument {}
