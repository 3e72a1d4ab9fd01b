public import ChanceryVault
public import ChanceryWire

/// Asks whoever may let an agent open what a vault holds.
///
/// Promise: the answer is what is in force now as far as this machine knows; an implementation that cannot know throws.
public protocol VaultAuthority: Sendable {
    func word(on manifest: ManifestDigest, for agent: String, at time: UTCTime) async throws -> VaultWord
}

/// What is said about one agent and one version.
public struct VaultWord: Sendable, Equatable {
    /// Nil when none is in force.
    public let writ: AccessStanding.Writ?
    public let isFrozen: Bool

    public init(writ: AccessStanding.Writ?, isFrozen: Bool) {
        self.writ = writ
        self.isFrozen = isFrozen
    }
}
