internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryStorage
internal import ChanceryWire
internal import Foundation
internal import Logging

/// The dashboard's part of a server: its sign-ins, what is live, and where it is found.
struct DashboardSetup: Sendable {
    let desk: BrowserDesk
    let hub: LiveHub
    let service: DashboardService
    private let door: DashboardDoor
    private let options: GlobalOptions
    private let logger: Logger

    init(
        _ home: Home, _ services: HomeServices, gate: GateService?, journal: RefusalJournal, _ options: GlobalOptions,
        logger: Logger
    ) {
        door = DashboardDoor(home: home.path)
        desk = BrowserDesk(door.grants, journal: journal, now: Home.now)
        hub = LiveHub(store: home.store, registry: home.registry, now: Home.now, logger: logger)
        let federation = (try? home.federation.genesisIfAny()) == nil ? nil : home.desk
        let overview = OverviewDesk(services, vigil: home.vigil, gate: gate?.gate, federation: federation)
        let folder = home.approverFolder
        let approvals = gate.map { gate in
            ApprovalDesk(gate, journal: journal) { id in
                do {
                    return try AtomicFile.read("\(folder)/\(id).key", limit: 1 << 16)
                } catch let error as NodeError where error.reason == .notFound {
                    return nil
                }
            }
        }
        service = DashboardService(desk, hub: hub, overview: overview, approvals: approvals)
        self.options = options
        self.logger = logger
    }

    /// Says where the dashboard is, with a link that signs in. A journal keeps what is printed for others to read, so there
    /// the link is left out.
    ///
    /// - Parameter isAlone: whether nothing else answers there.
    func show(at url: String, isAlone: Bool = false) {
        do {
            try door.open(at: url)
            let link = Settings.value("JOURNAL_STREAM") == nil ? DashboardDoor.link(url, try desk.link()) : nil
            var json: JSONObject = ["url": .string(url)]
            if isAlone { json["interface"] = "dashboard" }
            json["sign_in"] = link.map { .string($0) }
            try options.show(.object(json)) {
                "\(isAlone ? "dashboard" : "listening") on \(url)\n"
                    + (link.map { "sign in, once, within a quarter of an hour: \($0)" }
                        ?? "`chancery dashboard` prints a link that signs in")
            }
        } catch {
            logger.warning("nobody can sign in with a browser", metadata: ["error": .string("\(error)".asErrorDetail)])
            try? options.show(["url": .string(url)]) { "listening on \(url)" }
        }
    }
}

/// Where the home's files for signing in with a browser lie; its owner alone reads them.
struct DashboardDoor: Sendable {
    private let folder: String

    init(home: String) { folder = home + "/private" }

    var grants: SignInFolder { SignInFolder(path: folder + "/sign-in") }

    /// Notes where the dashboard answers. The lock on the note is held for as long as this process lives.
    func open(at url: String) throws {
        try AtomicFile.makeFolder(folder)
        _ = try HeldNote(path, url)
    }

    /// Where the dashboard of a server that runs answers.
    ///
    /// - Throws: `node.not_found` when none does.
    func address() throws -> String {
        let none = NodeError(.notFound, "no server of this home runs a dashboard; `chancery serve` does")
        guard HeldNote.isHeld(path), let bytes = try? AtomicFile.read(path, limit: 1024),
            let text = String(validating: bytes, as: UTF8.self), text.hasPrefix("http://")
        else { throw none }
        return text
    }

    private var path: String { folder + "/dashboard" }

    /// The token stands behind the `#`, which browsers send to nobody.
    static func link(_ url: String, _ token: SignInToken) -> String { "\(url)/#signin=\(token.text)" }
}

/// A file that says something for as long as the process lives that holds it: a lock dies with its process.
private struct HeldNote {
    init(_ path: String, _ text: String) throws {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw NodeError(.storeUnavailable, "`\(path)` cannot be written") }
        // A second server of the home leaves the note to the first.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return
        }
        let bytes = Array(text.utf8)
        guard ftruncate(descriptor, 0) == 0, unsafe write(descriptor, bytes, bytes.count) == bytes.count else {
            close(descriptor)
            throw NodeError(.storeUnavailable, "`\(path)` cannot be written")
        }
        // Not closed: that would let the lock go.
    }

    static func isHeld(_ path: String) -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
