internal import ChanceryNode
internal import ChanceryStorage
internal import ChanceryWire
internal import Foundation

/// Everything under one home, wired together.
struct Home {
    let path: String
    let store: any RecordStore & RecordIndex & RecordAudit & SigningFence
    let registry: IdentityRegistry
    let keeper: IdentityKeeper
    let ledger: AgentLedger
    let log: TransparencyLog
    let exporter: ChainExporter

    static let now: @Sendable () -> UTCTime = {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UTCTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    init(_ options: GlobalOptions) throws {
        let home =
            options.home ?? Settings.value("CHANCERY_HOME", alias: "PIQRYPT_HOME")
            ?? NSHomeDirectory() + "/.chancery"
        try self.init(path: home, state: options.state ?? Settings.value("CHANCERY_STATE") ?? Self.defaultState())
    }

    init(path: String, state: String) throws {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
        try AtomicFile.makeFolder(self.path)
        let store = try SQLiteStore(path: self.path + "/ledger.sqlite")
        self.store = store
        registry = IdentityRegistry(store: store)
        keeper = IdentityKeeper(
            files: IdentityFolder(path: self.path + "/identities"), registry: registry, now: Self.now)
        ledger = AgentLedger(store: store, registry: registry, now: Self.now)
        log = TransparencyLog(
            store: store,
            files: LogFolder(path: self.path + "/log", privatePath: self.path + "/private", highWaterPath: state),
            now: Self.now)
        exporter = ChainExporter(store: store, registry: registry, now: Self.now)
    }

    private static func defaultState() -> String {
        (Settings.value("XDG_STATE_HOME") ?? NSHomeDirectory() + "/.local/state") + "/chancery"
    }

    /// Opens the private keys of `name`, asking for a passphrase only when there is something to decrypt.
    func open(_ name: String, _ passphrase: PassphraseOptions) throws -> OpenIdentity {
        let name = try IdentityName(name)
        return try keeper.open(name, passphrase.opening(keeper.custody(of: name)))
    }

    /// Shakes hands with agents elsewhere.
    var handshakes: HandshakeDesk { HandshakeDesk(ledger: ledger) }

    /// Accepts the identities in `files`, whose documents the user vouches for by naming them.
    func register(_ files: [String]) throws {
        for path in files {
            var keys = PinnedKeys()
            try keys.add(UserFile.read(path, limit: 16 << 20))
            for history in keys.histories { try registry.register(history) }
        }
    }

    /// Records a refusal before it is reported.
    func recordingRefusal<Value>(of what: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            if let statement = try? StoreStatement.refusal(of: what, error, at: Self.now()).record() {
                _ = try? store.append([statement], moving: [])
            }
            throw error
        }
    }
}

/// Reading and writing the files that a user names.
enum UserFile {
    static func read(_ path: String, limit: Int = 1 << 30) throws -> [UInt8] {
        if path == "-" { return Array(try FileHandle.standardInput.readToEnd() ?? Data()) }
        return try AtomicFile.read(path, limit: limit)
    }

    /// Refuses a path that cannot be written to later, before anything irreversible is done.
    static func requireFree(_ path: String?) throws {
        guard let path, path != "-" else { return }
        guard !FileManager.default.fileExists(atPath: path) else {
            throw NodeError(.alreadyExists, "`\(path)` exists already; nothing was changed")
        }
    }

    /// A JSON object given as text, as @FILE, or as - for standard input.
    static func object(_ text: String) throws -> JSONObject {
        let bytes: [UInt8]
        switch text {
        case "-": bytes = try read("-")
        case _ where text.hasPrefix("@"): bytes = try read(String(text.dropFirst()), limit: 1 << 20)
        default: bytes = Array(text.utf8)
        }
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 1 << 20, depth: 48))
        guard let object = value.object else { throw UsageError("a payload is a JSON object, found \(value.kind)") }
        return object
    }

    /// Writes to `path`, which must not exist, or to standard output.
    static func write(_ bytes: [UInt8], to path: String?, mode: mode_t = 0o644) throws {
        guard let path, path != "-" else {
            FileHandle.standardOutput.write(Data(bytes + [0x0a]))
            return
        }
        try AtomicFile.write(bytes, to: URL(fileURLWithPath: path).path, mode: mode)
    }
}
