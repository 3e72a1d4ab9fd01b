import ChanceryAPI
import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Foundation
import Logging
import Synchronization
import TestKit

/// A clock that goes forward when it is turned.
final class Uptime: Sendable {
    private let time = Mutex(Duration.zero)

    var now: @Sendable () -> Duration { { self.time.withLock { $0 } } }
    func turn(by amount: Duration) { time.withLock { $0 += amount } }
}

/// A home with a gate whose pages are served.
struct DashboardHouse: Sendable {
    static let passphrase = "correct horse"

    let house: SeedHouse
    let uptime = Uptime()
    let desk: BrowserDesk
    let hub: LiveHub
    let service: DashboardService
    var home: SampleHome { house.home }
    private let keys = TemporaryFolder()

    init() async throws {
        house = try await SeedHouse()
        let home = house.home
        let journal = RefusalJournal(store: home.store, now: home.clock.now)
        desk = BrowserDesk(
            SignInFolder(path: home.folder.path + "/sign-in"), journal: journal, now: home.clock.now, uptime: uptime.now)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        hub = LiveHub(store: home.store, registry: home.registry, now: home.clock.now, logger: logger)
        let services = HomeServices(store: home.store, log: home.log, release: "test")
        let overview = OverviewDesk(services, vigil: house.vigil, gate: house.gate, federation: nil)
        let path = keys.path
        let approvals = ApprovalDesk(house.service, journal: journal, uptime: uptime.now) { id in
            try? FileHandle(forReadingFrom: URL(fileURLWithPath: "\(path)/\(id).key")).readToEnd().map(Array.init)
        }
        service = DashboardService(desk, hub: hub, overview: overview, approvals: approvals)
    }

    /// The person leaves the key here, as a file under `protection`.
    func leaveKey(_ protection: KeyProtection) throws {
        try keys.write(ApproverKeyFile.encode(house.approverKey, protection), to: "\(house.approver.id).key")
    }

    static var quickProtection: KeyProtection {
        get throws {
            var bytes = Array(passphrase.utf8)
            return try KeyProtection(
                Passphrase(erasing: &bytes), parameters: try ScryptParameters(logN: 10, blockSize: 1, parallelism: 1))
        }
    }

    static func serving(_ body: @escaping @Sendable (DashboardHouse, TestServer) async throws -> Void) async throws {
        let house = try await DashboardHouse()
        let routes =
            RouteTable.gate(house.house.service) + RouteTable.dashboard(house.service) + RouteTable.overview(house.service)
        try await TestServer.run(house.home, adding: routes, browsers: house.desk, beside: [house.hub]) { server in
            try await body(house, server)
        }
    }

    /// How many records hold `text`.
    func records(with text: String) throws -> Int {
        try home.store.records(RecordQuery(limit: 10_000)).count { String(decoding: $0.bytes, as: UTF8.self).contains(text) }
    }
}

/// What a browser sends and keeps.
struct Browser: Sendable {
    let server: TestServer
    let cookie: String
    let csrf: String

    /// Signs in with a new link.
    init(_ house: DashboardHouse, _ server: TestServer, _ roles: Set<Role> = SignInGrant.roles) async throws {
        let answer = try await Self.signIn(house.desk.link(roles).text, server)
        self.server = server
        cookie = answer.headers["set-cookie"]?.split(separator: ";").first.map(String.init) ?? ""
        csrf = answer.json["csrf"]?.string ?? ""
    }

    static func signIn(_ token: String, _ server: TestServer, headers: [String] = []) async throws -> RawAnswer {
        try await server.post("/v1/dashboard/session", #"{"token":"\#(token)"}"#, headers: headers, isAnonymous: true)
    }

    func get(_ target: String, headers: [String] = []) async throws -> RawAnswer {
        try await server.get(target, headers: ["Cookie: \(cookie)"] + headers, isAnonymous: true)
    }

    func post(_ target: String, _ body: String, csrf: String? = nil, headers: [String] = []) async throws -> RawAnswer {
        try await server.post(
            target, body, headers: ["Cookie: \(cookie)", "Chancery-CSRF: \(csrf ?? self.csrf)"] + headers, isAnonymous: true)
    }

    func end() async throws -> RawAnswer {
        try await server.get(
            "/v1/dashboard/session/end", method: "POST", headers: ["Cookie: \(cookie)", "Chancery-CSRF: \(csrf)"],
            isAnonymous: true)
    }
}
