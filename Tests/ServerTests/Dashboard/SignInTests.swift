import ChanceryAPI
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChanceryWire
import Foundation
import TestKit
import Testing

/// How a browser signs in, what its cookie opens, and what it does not.
struct SignInTests {
    @Test func `a link signs in once, and the second try is on record`() async throws {
        try await DashboardHouse.serving { house, server in
            let link = try house.desk.link().text
            let first = try await Browser.signIn(link, server, headers: ["Origin: http://127.0.0.1:\(server.port)"])
            #expect(first.status == 201, "\(first)")
            let cookie = try #require(first.headers["set-cookie"])
            for word in ["chancery=", "HttpOnly", "SameSite=Strict", "Path=/"] { #expect(cookie.contains(word), "\(cookie)") }
            #expect(first.json["roles"]?.array == ["approver", "auditor", "operator"])
            let second = try await Browser.signIn(link, server)
            #expect(second.status == 401 && second.code == "api.sign_in_invalid", "\(second)")
            #expect(second.headers["set-cookie"] == nil)
            #expect(try house.records(with: "api.sign_in_invalid") == 1)
        }
    }

    @Test func `two who try one link at once are not both let in`() async throws {
        try await DashboardHouse.serving { house, server in
            let link = try house.desk.link().text
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { try await Browser.signIn(link, server).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 201 } == 1, "\(statuses)")
        }
    }

    @Test func `a link is over after a quarter of an hour, and its secret lies nowhere`() async throws {
        try await DashboardHouse.serving { house, server in
            let link = try house.desk.link().text
            let folder = house.home.folder.path + "/sign-in"
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names.count == 1)
            for name in names {
                let content = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
                #expect(!name.contains(link.dropFirst(3)) && !content.contains(link.dropFirst(3)))
            }
            house.home.clock.turn(by: SignInGrant.lifetime)
            #expect(try await Browser.signIn(link, server).status == 401)
            // Nobody sets the clock back to use it.
            house.home.clock.turn(by: -SignInGrant.lifetime)
            #expect(try await Browser.signIn(link, server).status == 401)
        }
    }

    @Test func `whoever guesses waits, and keeps nobody out`() async throws {
        try await DashboardHouse.serving { house, server in
            let link = try house.desk.link().text
            let wrong = (0..<12).map { _ in SignInToken().text }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for token in wrong { group.addTask { try await Browser.signIn(token, server).status } }
                // Also while as many are wrong as may wait.
                #expect(try await Browser.signIn(link, server).status == 201)
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.contains(401) && statuses.contains(429), "\(statuses)")
            #expect(statuses.allSatisfy { [401, 429].contains($0) }, "\(statuses)")
        }
    }

    @Test(arguments: ["", "x", "ci_", "ci_AAAA", "cs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
    func `what is no secret signs nobody in`(token: String) async throws {
        try await DashboardHouse.serving { _, server in
            let answer = try await Browser.signIn(token, server)
            #expect(answer.code == "api.sign_in_invalid", "\(answer)")
        }
    }

    @Test func `a cookie opens what its roles open, and no more`() async throws {
        try await DashboardHouse.serving { house, server in
            let auditor = try await Browser(house, server, [.auditor])
            #expect(try await auditor.get("/v1/overview").status == 200)
            #expect(try await auditor.get("/v1/dashboard/session").json["roles"]?.array == ["auditor"])
            let refused = try await auditor.post("/v1/gate/policies", #"{"text":"x"}"#)
            #expect(refused.status == 403 && refused.code == "api.role_missing", "\(refused)")
            #expect(try house.records(with: "api.role_missing") == 1)
            let all = try await Browser(house, server)
            #expect(try await all.post("/v1/gate/policies", #"{"text":"x"}"#).status == 422)
            #expect(try await server.get("/v1/dashboard/session").code == "api.browser_required")
        }
    }

    @Test func `what changes something needs the session's own token`() async throws {
        try await DashboardHouse.serving { house, server in
            let (mine, other) = (try await Browser(house, server), try await Browser(house, server))
            for token in ["", "x", other.csrf, mine.csrf + "x"] {
                let answer = try await mine.post("/v1/gate/policies/lint", #"{"text":"x"}"#, csrf: token)
                #expect(answer.status == 403 && answer.code == "api.csrf_mismatch", "\(answer)")
            }
            #expect(try await mine.post("/v1/gate/policies/lint", #"{"text":"x"}"#).status == 200)
            #expect(try house.records(with: "api.csrf_mismatch") == 4)
        }
    }

    @Test(arguments: [
        "Origin: http://evil.example", "Origin: null", "Origin: http://127.0.0.1:1", "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site", "Sec-Fetch-Site: same-origin, cross-site",
    ])
    func `a page of another server gets nothing`(header: String) async throws {
        try await DashboardHouse.serving { house, server in
            let browser = try await Browser(house, server)
            let answers = [
                try await browser.get("/v1/overview", headers: [header]), try await browser.get("/v1/live", headers: [header]),
                try await browser.post("/v1/gate/policies/lint", #"{"text":"x"}"#, headers: [header]),
                try await Browser.signIn(house.desk.link().text, server, headers: [header]),
            ]
            for answer in answers { #expect(answer.status == 403 && answer.code == "api.foreign_origin", "\(answer)") }
            #expect(try await browser.get("/v1/overview", headers: ["Sec-Fetch-Site: same-origin"]).status == 200)
        }
    }

    @Test func `a session counts under the name where it was opened, and under no foreign one`() async throws {
        try await DashboardHouse.serving { house, server in
            let browser = try await Browser(house, server)
            func ask(_ host: String) async throws -> RawAnswer {
                try await server.raw(
                    "GET /v1/overview HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\nCookie: \(browser.cookie)\r\n\r\n")
            }
            #expect(try await ask("127.0.0.1:\(server.port)").status == 200)
            #expect(try await ask("evil.example:\(server.port)").code == "api.misdirected")
            for host in ["localhost:\(server.port)", "127.0.0.1:1", "127.0.0.1"] {
                #expect(try await ask(host).status == 401, "\(host)")
            }
        }
    }

    @Test func `a cookie counts on no other interface, and never beside a signature or a second cookie`() async throws {
        try await DashboardHouse.serving { house, server in
            let browser = try await Browser(house, server)
            try await TestServer.run(house.home, adding: RouteTable.overview(house.service)) { seed in
                let elsewhere = try await seed.get("/v1/overview", headers: ["Cookie: \(browser.cookie)"], isAnonymous: true)
                #expect(elsewhere.status == 401, "\(elsewhere)")
            }
            let bearer = try await server.get("/v1/overview", headers: ["Cookie: \(browser.cookie)"])
            #expect(bearer.status == 401, "\(bearer)")
            let signature = try server.clients.headers("GET", "/v1/overview", port: server.port)
            #expect(try await browser.get("/v1/overview", headers: signature).status == 401)
            #expect(try await browser.get("/v1/overview", headers: ["Cookie: chancery=x"]).status == 401)
            #expect(try await browser.get("/v1/overview", headers: ["Cookie: other=x"]).status == 200)
        }
    }

    @Test func `a session ends when it is ended, when nobody uses it, and after half a day`() async throws {
        try await DashboardHouse.serving { house, server in
            let browser = try await Browser(house, server)
            #expect(try await browser.end().json == ["ended": true])
            #expect(try await browser.get("/v1/overview").status == 401)
            let idle = try await Browser(house, server)
            house.uptime.turn(by: BrowserBook.idle - .seconds(1))
            #expect(try await idle.get("/v1/overview").status == 200)
            house.uptime.turn(by: BrowserBook.idle)
            #expect(try await idle.get("/v1/overview").status == 401)
            let busy = try await Browser(house, server)
            for _ in 0..<48 {
                #expect(try await busy.get("/v1/overview").status == 200)
                house.uptime.turn(by: BrowserBook.longest / 48)
            }
            #expect(try await busy.get("/v1/overview").status == 401)
        }
    }

    @Test func `many sessions push out the one that nobody used for longest`() async throws {
        try await DashboardHouse.serving { house, server in
            var browsers: [Browser] = []
            for _ in 0..<BrowserBook.capacity {
                browsers.append(try await Browser(house, server, [.auditor]))
                house.uptime.turn(by: .seconds(1))
            }
            #expect(try await browsers[0].get("/v1/overview").status == 200)
            _ = try await Browser(house, server, [.auditor])
            #expect(try await browsers[0].get("/v1/overview").status == 200)
            #expect(try await browsers[1].get("/v1/overview").status == 401)
        }
    }

    @Test func `no more links wait than may`() throws {
        let folder = TemporaryFolder()
        let grants = SignInFolder(path: folder.path + "/links")
        let time = SampleKeys.time(0)
        for _ in 0..<SignInFolder.capacity { try grants.keep(SignInGrant(at: time), for: SignInToken().digest, at: time) }
        #expect(throws: APIError.self) { try grants.keep(SignInGrant(at: time), for: SignInToken().digest, at: time) }
        let later = time.advanced(bySeconds: SignInGrant.lifetime)
        let token = SignInToken()
        try grants.keep(SignInGrant([.auditor], at: later), for: token.digest, at: later)
        #expect(try grants.take(token.digest, at: later)?.roles == [.auditor])
        #expect(try grants.take(token.digest, at: later) == nil)
    }
}
