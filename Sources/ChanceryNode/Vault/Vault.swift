internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryVault
public import ChanceryWire
internal import Synchronization

/// Keeps models, credentials and other artifacts sealed, and opens them to whom a writ in force and the access policy allow.
///
/// What it holds is what its chain in the log says (``VaultJournal``): files beside it are checked against that before use.
public final class Vault: Sendable {
    /// What an unlocked vault has in memory. It goes, erased, when the vault is locked or its time is over.
    struct Session: Sendable {
        /// Another one each time that the vault is unlocked: what was opened in one session is not read in the next.
        final class Mark: Sendable {}

        let mark: Mark
        let roots: [VaultKeyID: DecapsulationKey]
        let backend: CustodyCapabilities
        let window: UnlockWindow
        /// ``CatalogueState/locks`` when it was unlocked.
        let locks: Int64

        func with(roots: [VaultKeyID: DecapsulationKey]) -> Session {
            Session(mark: mark, roots: roots, backend: backend, window: window, locks: locks)
        }

        func root(_ id: VaultKeyID) throws(VaultError) -> DecapsulationKey {
            guard let root = roots[id] else { throw VaultError(.locked, "the root `\(id)` is not unlocked") }
            return root
        }
    }

    public let id: VaultID
    let journal: VaultJournal
    let files: any VaultFiles
    /// Looked for at each question, for a home may join a federation while the vault is open. Nil in a home without a
    /// committee: the operator's grants count then.
    let authority: @Sendable () throws -> (any VaultAuthority)?
    /// Milliseconds that never go back.
    let monotonic: @Sendable () -> Int64
    let session = Mutex<Session?>(nil)
    let openings = Mutex(OpeningBook())
    /// When this process looked last for what crashes left, on the monotonic clock.
    let tidied = Mutex<Int64?>(nil)
    let presence = Mutex(PresenceDesk())
    /// Whose word counts that somebody is there.
    let people: @Sendable () throws -> [EnrolledPerson]
    /// Makes whoever guesses the secret wait.
    let attempts: UnlockGuard

    var record: SigningKey<Purpose.Record> { journal.identity.keys.record }

    /// Runs `body` with each key that the vault ever signed records with, newest first, until one fits. Which record is meant
    /// the catalogue says by its digest; an old key alone brings nothing in.
    func verifying<Value>(_ body: (VerifyingKey<Purpose.Record>) throws -> Value) throws -> Value {
        try Self.verifying(recordKeys(), body)
    }

    /// Every key that the vault ever signed records with, newest first.
    func recordKeys() throws -> [VerifyingKey<Purpose.Record>] { try journal.documents().reversed().map(\.recordKey) }

    static func verifying<Value>(
        _ keys: [VerifyingKey<Purpose.Record>], _ body: (VerifyingKey<Purpose.Record>) throws -> Value
    ) throws -> Value {
        for key in keys.dropLast() {
            if let value = try? body(key) { return value }
        }
        guard let first = keys.last else { throw VaultError(.recordMismatch, "the vault has no identity") }
        return try body(first)
    }

    /// Opens the vault of a home. It is locked.
    ///
    /// - Parameters:
    ///   - identity: the vault's own, whose chain is its journal.
    ///   - people: who may answer that a person is there (rule V8); nobody without it.
    ///   - boot: as for ``UnlockGuard``.
    /// - Throws: `node.not_found` in a home that has none.
    public init(
        identity: OpenIdentity, store: any RecordStore & RecordIndex, registry: IdentityRegistry, files: any VaultFiles,
        authority: @autoclosure @escaping @Sendable () throws -> (any VaultAuthority)?,
        people: @escaping @Sendable () throws -> [EnrolledPerson] = { [] },
        now: @escaping @Sendable () -> UTCTime, monotonic: @escaping @Sendable () -> Int64, boot: [UInt8] = []
    ) throws {
        journal = VaultJournal(
            identity, store: store, registry: registry, files: files, now: now, monotonic: monotonic)
        guard let first = try journal.read({ state in state.keys.roots.first.flatMap { state.keys[$0]?.statement } }) else {
            throw NodeError(.notFound, "this home has no vault; `chancery vault init` makes one")
        }
        id = try Self.id(of: first)
        self.files = files
        self.authority = authority
        self.people = people
        self.monotonic = monotonic
        attempts = UnlockGuard(files: files, monotonic: monotonic, boot: boot)
    }

    /// Makes the vault of a home: its root, kept by `backend`, and its first record.
    ///
    /// - Throws: `node.already_exists` when the home has one.
    public static func create(
        identity: OpenIdentity, store: any RecordStore & RecordIndex, registry: IdentityRegistry, files: any VaultFiles,
        backend: any CustodyBackend, now: @escaping @Sendable () -> UTCTime
    ) throws {
        try files.exclusively {
            let journal = VaultJournal(
                identity, store: store, registry: registry, files: files, now: now, monotonic: nil)
            guard try journal.read({ $0.keys.root == nil }) else {
                throw NodeError(.alreadyExists, "this home has a vault already")
            }
            let (root, statement) = try newRoot(after: nil, at: journal.time)
            // The file first: what a crash leaves of it is a root that no event names.
            try files.write(
                backend.seal(root.exportSeed(), label: rootLabel).bytes, as: .root(statement.id), replacing: false)
            try journal.write { _, time in ([.key(KeyEvent(.create(statement, parent: nil), at: time))], ()) }
        }
    }

    /// The vault's name follows from its first root, so that no file has to be believed about it.
    private static func id(of root: KeyStatement) throws -> VaultID {
        let label = Array("chancery/vault-id/v1".utf8) + [0]
        return try VaultID(Array(Digest.sha3_256(label + CanonicalForm.jcs.encode(root.json)).prefix(VaultID.byteCount)))
    }

    static let rootLabel = {
        do { return try CustodyLabel("vault/root") } catch { preconditionFailure("the label is well-formed") }
    }()

    static func newRoot(
        after predecessor: KeyStatement?, at time: UTCTime
    ) throws -> (key: DecapsulationKey, statement: KeyStatement) {
        let key = try DecapsulationKey.generate(.mlKEM1024)
        return (key, try KeyStatement(.root, .mlKEM1024, publicKey: key.publicKey, at: time, after: predecessor))
    }

    /// What counts as now for leases, limits and keys.
    func now() -> UTCTime { journal.time }

    /// What the vault holds now, as its chain says.
    public func catalogue<Value>(_ body: (borrowing CatalogueState) throws -> Value) throws -> Value {
        try journal.read(body)
    }

    /// Puts on record that something was refused, and throws it. The vault does so itself for all that it is asked to do; this
    /// is for whoever refuses before.
    public func refuse(
        _ operation: String, _ error: any Error, by principal: String, artifact: ArtifactID? = nil
    ) throws -> Never {
        try putOnRecord([Self.refusal(operation, error, by: principal, artifact: artifact)])
        throw error
    }

    /// Puts refusals on record, all at once.
    func putOnRecord(_ refusals: [VaultEvent.Refusal]) throws {
        guard !refusals.isEmpty else { return }
        try journal.write { _, _ in (refusals.map { .refusal($0) }, ()) }
        AgentLedger.noteRecordedRefusal()
    }

    static func refusal(
        _ operation: String, _ error: any Error, by principal: String, artifact: ArtifactID?
    ) -> VaultEvent.Refusal {
        let coded = error as? any CodedError
        return VaultEvent.Refusal(
            of: operation, [coded?.code ?? "node.rejected"], detail: coded?.detail ?? "", principal: principal,
            artifact: artifact)
    }

    /// Runs what looks for the artifact, the agent or the place that somebody asks for. Whatever it refuses is on record under
    /// `operation`, as a refused access is.
    public func recordingRefusal<Value>(
        of operation: String, by principal: String, _ body: () throws -> Value
    ) throws -> Value {
        do {
            return try body()
        } catch let error as any CodedError where !error.code.hasPrefix("store.") {
            try refuse(operation, error, by: principal)
        }
    }
}

extension VaultError.Reason {
    /// The vault is locked, or its time is over.
    public static let locked = Self(rawValue: AccessRefusal.locked.rawValue)
}
