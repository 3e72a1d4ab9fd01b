internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

/// `chancery gate …`
struct GateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "Decide each action of an agent before it happens.",
        discussion: """
            Every decision is signed and durable before it is printed. A permission is used once, within 30 seconds \
            (`gate redeem`); what needs a person waits (`gate pending`). Without an active policy everything is denied.

            `gate decide` ends with 0 when the action is allowed, 3 when it is blocked, and 5 when a person is asked.
            """,
        subcommands: [
            GateInit.self, GateDecide.self, GateDecisions.self, GateShow.self, GateWhy.self, GateReplay.self, GateRedeem.self,
            GateOutcome.self, GateOrphans.self, GatePending.self, GateApprove.self, GateReject.self, GateSign.self,
            GateWait.self,
        ])
}

struct GateInit: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make the identity under which this home's gate signs what it decides.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions

    var access: Home.Access { .creating("gate init") }

    func run(in home: Home) throws {
        let document = try home.keeper.create(
            IdentityName(Home.gateName), protection: passphrase.creating(options))
        try options.show(["did": .string(document.did.text), "name": .string(document.name)]) {
            "the gate signs as \(document.did)\nnext: `chancery policy activate FILE`; until then it denies everything"
        }
    }
}
