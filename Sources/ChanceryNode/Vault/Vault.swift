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
        let roots: [VaultKeyID: DecapsulationKey]
        let backend: CustodyCapabilities
        let window: UnlockWindow

        func root(_ id: VaultKeyID) throws(VaultError) -> DecapsulationKey {
            guard let root = roots[id] else { throw VaultError(.locked, "the root `\(id)` is not unlocked") }
            return root
        }
    }

    public let id: VaultID
    let journal: VaultJournal
    let files: any VaultFiles
    /// Nil in a home without a committee: the operator's grants count then.
    let authority: (any VaultAuthority)?
    let now: @Sendable () -> UTCTime
    /// Milliseconds that never go back.
    let monotonic: @Sendable () -> Int64
    let session = Mutex<Session?>(nil)
    let presence = Mutex(PresenceDesk())

    var record: SigningKey<Purpose.Record> { journal.identity.keys.record }
    var verifying: VerifyingKey<Purpose.Record> { record.publicKey }

    /// Opens the vault of a home. It is locked.
    ///
    /// - Parameter identity: the vault's own, whose chain is its journal.
    /// - Throws: `node.not_found` in a home that has none.
    public init(
        identity: OpenIdentity, store: any RecordStore & RecordIndex, registry: IdentityRegistry, files: any VaultFiles,
        authority: (any VaultAuthority)?, now: @escaping @Sendable () -> UTCTime, monotonic: @escaping @Sendable () -> Int64
    ) throws {
        guard let bytes = try files.read(.description) else {
            throw NodeError(.notFound, "this home has no vault; `chancery vault init` makes one")
        }
        id = try VaultDescription(bytes).vault
        journal = VaultJournal(identity, store: store, registry: registry, files: files, now: now)
        self.files = files
        self.authority = authority
        self.now = now
        self.monotonic = monotonic
    }

    /// Makes the vault of a home: its root, kept by `backend`, and its first record.
    ///
    /// - Throws: `node.already_exists` when the home has one.
    public static func create(
        identity: OpenIdentity, store: any RecordStore & RecordIndex, registry: IdentityRegistry, files: any VaultFiles,
        backend: any CustodyBackend, now: @escaping @Sendable () -> UTCTime
    ) throws {
        try files.exclusively {
            guard try files.read(.description) == nil else { throw NodeError(.alreadyExists, "this home has a vault already") }
            let (root, statement) = try newRoot(after: nil, at: now())
            try files.write(
                backend.seal(root.exportSeed(), label: rootLabel).bytes, as: .root(statement.id), replacing: false)
            let journal = VaultJournal(identity, store: store, registry: registry, files: files, now: now)
            try journal.write { state, time in
                guard state.keys.root == nil else {
                    throw VaultError(.catalogueConflict, "the vault's chain has begun, and its files are gone")
                }
                return ([.key(KeyEvent(.create(statement, parent: nil), at: time))], ())
            }
            // Last: without it there is no vault, and what a crash left is not looked at.
            try files.write(VaultDescription(vault: .random(), created: now()).bytes, as: .description, replacing: false)
        }
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

    /// What the vault holds now, as its chain says.
    public func catalogue<Value>(_ body: (borrowing CatalogueState) throws -> Value) throws -> Value {
        try journal.read(body)
    }

    /// Puts on record that something was refused, and throws it.
    func refuse(
        _ operation: String, _ error: any Error, by principal: String, artifact: ArtifactID? = nil
    ) throws -> Never {
        let coded = error as? any CodedError
        let refusal = VaultEvent.Refusal(
            of: operation, [coded?.code ?? "node.rejected"], detail: coded?.detail ?? "", principal: principal,
            artifact: artifact)
        try journal.write { _, _ in ([.refusal(refusal)], ()) }
        throw error
    }
}

/// Which vault the files are of.
struct VaultDescription {
    static let type = "chancery/vault/v1"

    let vault: VaultID
    let created: UTCTime

    init(vault: VaultID, created: UTCTime) {
        self.vault = vault
        self.created = created
    }

    var bytes: [UInt8] {
        get throws {
            try CanonicalForm.jcs.encode(
                ["created": .string(created.text), "type": .string(Self.type), "vault": .string(vault.text)] as JSONValue)
        }
    }

    init(_ bytes: [UInt8]) throws {
        var reader = try RecordReader(JSONParser.parse(bytes, limits: .init(bytes: 4096, depth: 1)), "vault")
        guard try reader.string("type", limit: 64) == Self.type else {
            throw WireError(.invalidValue, "the file describes no vault")
        }
        vault = try VaultID(reader.string("vault", limit: 32))
        created = try reader.time("created")
        try reader.finish()
    }
}

extension VaultError.Reason {
    /// The vault is locked, or its time is over.
    public static let locked = Self(rawValue: AccessRefusal.locked.rawValue)
}
