internal import ChanceryNode
internal import ChanceryStorage

extension Home {
    /// The name of the identity that signs what keys of clients were used for.
    static let usageName = "api"

    /// Whether this home writes down what keys are used for.
    var keepsUsage: Bool {
        get throws { try keeper.names().contains(Self.usageName) }
    }

    func usageMark() throws -> UsageMarkPath { UsageMarkPath(statePath: statePath, store: try store.storeID()) }

    /// Where this home writes down what keys are used for; nil in a home that does not.
    func usageJournal(_ passphrase: PassphraseSource, _ options: GlobalOptions) throws -> UsageJournal? {
        guard try keepsUsage else { return nil }
        let name = try IdentityName(Self.usageName)
        let identity = try open(name, passphrase.opening(keeper.custody(of: name), options))
        return UsageJournal(identity, store: store, registry: registry, mark: try usageMark(), now: Self.now)
    }
}
