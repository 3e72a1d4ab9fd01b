import ChanceryAPI
import ChanceryGovernance
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Synchronization
import TestKit
import Testing

/// Who gets through to a route, over real sockets.
struct AccessTests {
    /// Every route of a member's node.
    private func serving(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        let node = try SampleNode()
        try await TestServer.run(SampleHome(), federation: node.service, body)
    }

    private func ask(
        _ server: TestServer, _ route: RouteDocument, _ headers: [String], isAnonymous: Bool = true
    ) async throws -> RawAnswer {
        try await server.get(
            route.examplePath, method: route.method.rawValue, headers: headers, isAnonymous: isAnonymous)
    }

    @Test func `without a signature only the open routes answer`() async throws {
        try await serving { server in
            let open = try await server.table.documents.filterAsync { route in
                let answer = try await ask(server, route, [])
                #expect(answer.status != 401 || answer.code == "api.unauthorized", "\(route.id): \(answer)")
                return answer.status != 401
            }
            #expect(Set(open.map(\.id)) == ["description", "health", "metrics", "ready"])
        }
    }

    @Test func `a key gets through to the routes of its roles and to no other`() async throws {
        try await serving { server in
            for role in Role.allCases {
                let key = try APIKeyFile.generate()
                try server.clients.register(key, [role])
                // Streams would go on; and what nodes say to each other is for members alone, whatever the role.
                for route in server.table.documents
                where route.content.mediaType != "text/event-stream" && route.id != "federationMessage" {
                    let headers = try server.clients.headers(
                        route.method.rawValue, route.examplePath, port: server.port, by: key)
                    let answer = try await ask(server, route, headers)
                    switch route.access {
                    case .anyone: #expect(![401, 403].contains(answer.status), "\(role) \(route.id): \(answer)")
                    case .roles(let roles):
                        #expect(
                            (answer.code == "api.role_missing") == !roles.contains(role) && answer.status != 401,
                            "\(role) \(route.id): \(answer)")
                    }
                }
            }
        }
    }

    @Test func `a client with the role of a node is no member`() async throws {
        try await serving { server in
            let key = try APIKeyFile.generate()
            try server.clients.register(key, [.node])
            let (path, body) = ("/v1/federation/messages", "{}")
            let headers = try server.clients.headers("POST", path, body: body, port: server.port, by: key)
            let answer = try await server.post(path, body, headers: headers, isAnonymous: true)
            #expect(answer.status == 401, "\(answer)")
        }
    }

    @Test func `both forms of signature, and the session that one opened, are the same caller`() async throws {
        try await serving { server in
            let path = "/v1/ledger/stats"
            let signed = try await server.get(
                path, headers: server.clients.headers("GET", path, port: server.port), isAnonymous: true)
            let sealed = try await server.get(
                path, headers: server.clients.envelope("GET", path, port: server.port), isAnonymous: true)
            #expect(signed.status == 200 && sealed.status == 200, "\(signed) \(sealed)")
            let both =
                try server.clients.headers("GET", path, port: server.port)
                + server.clients.envelope("GET", path, port: server.port)
            #expect(try await server.get(path, headers: both, isAnonymous: true).status == 401)
            #expect(try await server.get(path).status == 200)
            let beside = try server.clients.headers("GET", path, port: server.port)
            #expect(try await server.get(path, headers: beside).status == 401, "a session and a signature")
            #expect(try await server.get("/v1/sessions", method: "POST").code == "api.signature_required")
            #expect(try await server.get("/v1/sessions/end", method: "POST").json == ["ended": true])
            #expect(try await server.get(path).status == 401, "an ended session")
        }
    }

    @Test func `a request counts once, for one method, target and body, at one server`() async throws {
        try await serving { server in
            let path = "/v1/governance/decisions/verify?federation=" + String(repeating: "0", count: 64)
            let body = "{}"
            func post(_ path: String, _ body: String, _ headers: [String], method: String = "POST") async throws -> RawAnswer {
                try await server.get(
                    path, method: method,
                    headers: headers + ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"], body: body,
                    isAnonymous: true)
            }
            func sign(port: Int? = nil, nonce: [UInt8] = SystemRandom.bytes(16)) throws -> [String] {
                try server.clients.headers("POST", path, body: body, port: port ?? server.port, nonce: nonce)
            }
            let once = try sign()
            #expect(try await post(path, body, once).status == 400)
            #expect(try await post(path, body, once).status == 401, "a replay")
            let nonce = SystemRandom.bytes(16)
            #expect(try await post(path, body, sign(nonce: nonce)).status == 400)
            #expect(try await post(path, body, sign(nonce: nonce)).status == 401, "a nonce of before")
            #expect(try await post(path, "[]", sign()).status == 401, "another body")
            #expect(try await post(path + "&x=1", body, sign()).status == 401, "another query")
            #expect(try await post(path, body, sign(port: server.port ^ 1)).status == 401, "another host")
            let wrong = try sign().map { $0.replacing("created=", with: "created=1") }
            #expect(try await post(path, body, wrong).status == 401, "another time")
            let answer = try await post(path, body, wrong)
            #expect(answer.code == "api.unauthorized" && answer.headers["www-authenticate"] != nil, "\(answer)")
            // The metrics of the operator know what the caller is not told.
            let metrics = try await server.get("/metrics", isAnonymous: true).text
            #expect(metrics.contains("chancery_http_refusals_total{code=\"api.replayed\"} 2"), "\(metrics)")
        }
    }

    @Test func `a key that was revoked is out at once, and so is its session`() async throws {
        try await serving { server in
            let path = "/v1/ledger/stats"
            #expect(try await server.get(path).status == 200)
            _ = try server.clients.registry.revoke(TestClients.id(of: server.clients.key))
            #expect(try await server.get(path).status == 401)
            let signed = try await server.get(
                path, headers: server.clients.headers("GET", path, port: server.port), isAnonymous: true)
            #expect(signed.status == 401, "\(signed)")
        }
    }

    @Test func `the session of a member ends when the member has another key`() async throws {
        let (old, new) = (try APIKeyFile.generate(), try APIKeyFile.generate())
        let name = TestClients.id(of: old)
        func member(_ key: SigningKey<Purpose.HTTP>) -> [String: RegisteredKey] {
            let key = RegisteredKey(
                name, of: "m", roles: [.node], key: key.publicKey, notBefore: UTCTime(milliseconds: 0),
                notAfter: UTCTime(milliseconds: .max))
            return [name: key]
        }
        let (before, after) = (member(old), member(new))
        let isRotated = Mutex(false)
        let home = try SampleHome()
        try await TestServer.run(
            home.store, log: home.log, members: { isRotated.withLock { $0 } ? after : before }
        ) { server in
            let headers = try server.clients.headers("POST", "/v1/sessions", port: server.port, by: old)
            let opened = try await server.get("/v1/sessions", method: "POST", headers: headers, isAnonymous: true)
            let session = ["Authorization: Bearer \(try #require(opened.json["token"]?.string))"]
            #expect(try await server.get("/v1/log/keys", headers: session, isAnonymous: true).status == 404)
            isRotated.withLock { $0 = true }
            #expect(try await server.get("/v1/log/keys", headers: session, isAnonymous: true).status == 401)
        }
    }

    @Test func `who names a session that is none is refused before the body comes`() async throws {
        try await serving { server in
            let answer = try await server.get(
                "/v1/governance/drafts", method: "POST",
                headers: ["Authorization: Bearer x", "Content-Type: application/json", "Content-Length: 5"], isAnonymous: true)
            #expect(answer.status == 401, "\(answer)")
        }
    }

    @Test func `who is known and may not leaves a record`() async throws {
        let home = try SampleHome()
        try await TestServer.run(home) { server in
            let key = try APIKeyFile.generate()
            try server.clients.register(key, [.agent])
            for _ in 0..<2 {
                let headers = try server.clients.headers("GET", "/v1/ledger/stats", port: server.port, by: key)
                #expect(try await server.get("/v1/ledger/stats", headers: headers, isAnonymous: true).status == 403)
            }
            let records = try home.store.records(RecordQuery(kind: StoreStatement.refusal))
            #expect(records.count == 2)
            #expect(records.allSatisfy { String(decoding: $0.bytes, as: UTF8.self).contains(TestClients.id(of: key)) })
        }
    }
}

extension Array {
    fileprivate func filterAsync(_ isIncluded: (Element) async throws -> Bool) async rethrows -> [Element] {
        var found: [Element] = []
        for element in self where try await isIncluded(element) { found.append(element) }
        return found
    }
}
