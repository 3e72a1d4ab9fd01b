public import ChancerySuite
public import ChanceryVault
public import ChanceryWire

/// Where it stands on record which service keys there are. The keys themselves never come here.
///
/// Promise: what returned is durable.
public protocol ServiceKeyBook: Sendable {
    /// A key was made, to serve until `until`; it replaces `old`, where one is named that serves.
    func made(_ key: EncapsulationKey, after old: VaultKeyID?, until: UTCTime) throws

    /// Whether a key may open what is sealed to it: its owner may have ended it.
    func serves(_ id: VaultKeyID) throws -> Bool

    /// These keys are gone, for good.
    func ended(_ ids: [VaultKeyID]) throws
}
