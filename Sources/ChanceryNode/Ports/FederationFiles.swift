/// What a home keeps of its federation besides records: small files, and the journal of its signer.
///
/// Promise: a write is whole or absent and durable on return; what is written is readable by its owner alone. The journal
/// lies outside the home, so that restoring the home does not restore it (rule G7).
public protocol FederationFiles: Sendable {
    /// Runs `body` while no other process changes these files. Not reentrant.
    func exclusively<Value>(_ body: () throws -> Value) throws -> Value

    /// The right to sign for this home's member, until the value goes away: two daemons of one home would contradict
    /// each other.
    ///
    /// - Throws: `store.busy` when another process has it.
    func claimSigner() throws -> any SignerClaim

    func read(_ file: FederationFile) throws -> [UInt8]?

    /// - Throws: `node.already_exists` when the file is there and `replacing` is false.
    func write(_ bytes: [UInt8], as file: FederationFile, replacing: Bool) throws

    /// The journal called `name`; nil when there is none.
    func journal(_ name: String) throws -> [UInt8]?

    /// Replaces the journal called `name`.
    func setJournal(_ bytes: [UInt8], of name: String) throws
}

/// Held by the one process that signs.
public protocol SignerClaim: AnyObject, Sendable {}

/// The files of a federation in a home.
public enum FederationFile: String, Sendable, CaseIterable {
    /// The genesis that was pinned when the home joined.
    case genesis
    /// The home's own enrolment.
    case enrolment
    /// The private key of proposals and ballots, which no daemon opens.
    case ballotKey = "ballot-key"
    /// The private keys of the node: consensus and http.
    case nodeKey = "node-key"
    /// Where the other nodes listen.
    case peers
    /// What members' nodes said last about the latest decision.
    case beats
    /// Says that a journal was begun: without it the node signs nothing.
    case journalBegun = "journal-begun"
}
