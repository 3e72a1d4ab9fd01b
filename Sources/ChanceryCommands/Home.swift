internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryStorage
internal import ChanceryWire
internal import Foundation

/// Everything under one home, wired together.
struct Home {
    /// What a command does to the home.
    enum Access {
        /// Nothing is created or written.
        case reading
        /// Records are added to a home that exists. What is refused is recorded under this name.
        case writing(String)
        /// As writing; a home that does not exist is made.
        case creating(String)
    }

    let path: String
    let statePath: String
    let store: any RecordStore & RecordIndex & RecordAudit & SigningFence
    let registry: IdentityRegistry
    let keeper: IdentityKeeper
    let ledger: AgentLedger
    let log: TransparencyLog
    let exporter: ChainExporter
    let federationFiles: FederationFolder
    let federation: FederationKeeper
    let apiKeys: APIKeyRegistry
    let vigil: VigilDesk
    private let identities: IdentityFolder
    let options: GlobalOptions

    static let now: @Sendable () -> UTCTime = {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UTCTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Opens the home that `options` name.
    ///
    /// - Throws: `node.not_found` when there is none and `access` does not make one.
    init(_ options: GlobalOptions, _ access: Access) throws {
        let path = Self.path(options)
        let state = options.state ?? Settings.value("CHANCERY_STATE") ?? Self.defaultState()
        if case .creating = access {
            try self.init(path: path, state: state, options)
        } else {
            guard Self.exists(options) else {
                throw NodeError(.notFound, "there is no home at `\(path)`; `chancery agent register` makes one")
            }
            if case .reading = access {
                try self.init(path: path, state: state, options, readOnly: true)
            } else {
                try self.init(path: path, state: state, options)
            }
        }
    }

    /// Opens or makes the home at `path`.
    init(path: String, state: String) throws { try self.init(path: path, state: state, GlobalOptions()) }

    private init(path: String, state: String, _ options: GlobalOptions, readOnly: Bool = false) throws {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
        guard !(URL(fileURLWithPath: state).standardizedFileURL.path + "/").hasPrefix(self.path + "/") else {
            throw UsageError("the state folder `\(state)` lies in the home: a backup of the home would restore its marks too")
        }
        self.options = options
        statePath = state
        if !readOnly { try AtomicFile.makeFolder(self.path) }
        let store = try SQLiteStore(path: self.path + "/ledger.sqlite", readOnly: readOnly)
        self.store = store
        registry = IdentityRegistry(store: store)
        identities = IdentityFolder(path: self.path + "/identities")
        keeper = IdentityKeeper(files: identities, registry: registry, now: Self.now)
        ledger = AgentLedger(store: store, registry: registry, now: Self.now)
        log = TransparencyLog(
            store: store,
            files: LogFolder(path: self.path + "/log", privatePath: self.path + "/private", highWaterPath: state),
            now: Self.now)
        exporter = ChainExporter(store: store, registry: registry, now: Self.now)
        federationFiles = FederationFolder(path: self.path + "/governance", statePath: state)
        federation = FederationKeeper(files: federationFiles, store: store, registry: registry, now: Self.now)
        apiKeys = APIKeyRegistry(store: store, now: Self.now)
        vigil = VigilDesk(
            store: store, registry: registry, profile: try VigilProfileFile(home: self.path).read(), now: Self.now)
    }

    /// Whether there is a home where `options` say.
    static func exists(_ options: GlobalOptions) -> Bool {
        FileManager.default.fileExists(atPath: path(options) + "/ledger.sqlite")
    }

    static func path(_ options: GlobalOptions) -> String {
        options.home ?? Settings.value("CHANCERY_HOME", alias: "PIQRYPT_HOME") ?? Settings.userFolder + "/.chancery"
    }

    private static func defaultState() -> String {
        (Settings.value("XDG_STATE_HOME") ?? Settings.userFolder + "/.local/state") + "/chancery"
    }

    /// Opens the private keys of `name`, asking for a passphrase only when there is something to decrypt.
    func open(_ name: String, _ passphrase: PassphraseOptions) throws -> OpenIdentity {
        let name = try IdentityName(name)
        return try open(name, passphrase.opening(keeper.custody(of: name), options))
    }

    func open(_ name: IdentityName, _ protection: KeyProtection) throws -> OpenIdentity {
        try remarkExposure(of: name)
        // The vault's passphrase is not guessed past the vault's delays.
        guard name.text == Self.vaultName, protection.isEncrypted else { return try keeper.open(name, protection) }
        return try vaultAttempts().attempt(isWhole: false) { try keeper.open(name, protection) }
    }

    /// Says it when others may read the private keys of `name`.
    func remarkExposure(of name: IdentityName) throws {
        for path in try identities.exposedKeyFiles(of: name.text) {
            options.remark("warning: others may read the private keys in `\(path)`; chmod 600 keeps them out")
        }
    }

    /// Where the member's people propose and vote.
    var desk: FederationDesk { FederationDesk(keeper: federation, store: store, now: Self.now) }

    /// What the home remembers of signed requests. Made before the first key is registered and before it joins a
    /// federation: later its absence means that its memory was lost.
    func nonces() throws -> SQLiteNonceStore {
        try SQLiteNonceStore(
            path: path + "/requests.sqlite", mayBeNew: apiKeys.keys().isEmpty && federation.genesisIfAny() == nil,
            at: Self.now())
    }

    /// Shakes hands with agents elsewhere.
    var handshakes: HandshakeDesk { HandshakeDesk(ledger: ledger) }

    /// Accepts the identities in `files`, whose documents the user vouches for by naming them.
    func register(_ files: [String]) throws {
        for path in files {
            var keys = PinnedKeys()
            try keys.add(UserFile.read(path, limit: UserFile.identityLimit))
            for history in keys.histories { try registry.register(history) }
        }
    }
}

/// A command that works on a home.
protocol HomeCommand: ParsableCommand {
    var options: GlobalOptions { get }
    var access: Home.Access { get }
    func run(in home: Home) throws
}

extension HomeCommand {
    var access: Home.Access { .reading }

    func run() throws { try runInHome() }

    /// Opens the home and works on it.
    func runInHome() throws {
        let home = try Home(options, access)
        switch access {
        case .reading: try run(in: home)
        case .writing(let what), .creating(let what): try home.ledger.recordingRefusal(of: what) { try run(in: home) }
        }
    }
}
