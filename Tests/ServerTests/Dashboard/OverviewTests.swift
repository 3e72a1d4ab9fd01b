import ChanceryAPI
import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// What pages read besides.
struct OverviewTests {
    @Test func `the overview counts what happened`() async throws {
        try await DashboardHouse.serving { house, server in
            let gate = house.house.gate
            for amount in 0..<3 {
                _ = try await gate.decide(
                    GatedAction("pay", payload: ["amount": .integer(Int64(amount))]), for: "alice", by: "alice")
            }
            _ = try await gate.decide(GatedAction("read_db", payload: [:]), for: "bob", by: "bob")
            _ = try await gate.decide(GatedAction("drop_db", payload: [:]), for: "bob", by: "bob")
            try await Task.sleep(for: .milliseconds(2500))
            let answer = try await server.get("/v1/overview")
            #expect(answer.json["pending"] == 3 && answer.json["agents"] == 2 && answer.json["frozen"] == [], "\(answer)")
            #expect(answer.json["records"]?.integer == Int64(try house.home.store.frontier().size))
            let rates = try #require(answer.json["rates"]?.array)
            #expect(rates.count == 60)
            let minute = rates.last
            #expect(minute?["asked"] == 3 && minute?["allowed"] == 1 && minute?["denied"] == 1, "\(minute ?? .null)")
        }
    }

    private static func prove(_ position: UInt64, in tile: [UInt8], _ server: TestServer) async throws {
        let record = try await server.get("/v1/ledger/records/\(position)").json
        let bytes = try Base64.url.decode(record["bytes"]?.string ?? "")
        let entry = record["entry"]?.string ?? ""
        #expect(entry.contains(Hex.encode(Digest.sha256(bytes))))
        let leaf = Digest.sha256([0] + Array(entry.utf8))
        #expect(record["leaf"]?.string == Hex.encode(leaf))
        #expect(Array(tile[Int(position) * 32..<Int(position) * 32 + 32]) == leaf)
    }

    private static func refuse(_ path: String, _ secret: String, _ server: TestServer) async throws {
        let answer = try await server.get("/v1/log/tile/\(path)")
        #expect(answer.status == 404 && !answer.text.contains(secret), "\(path): \(answer)")
    }

    @Test func `a record, its entry and its tile prove each other`() async throws {
        try await DashboardHouse.serving { house, server in
            try house.home.log.start(origin: "example.org/test", protection: .unencrypted)
            let head = try house.home.log.publish(protection: .unencrypted).head
            let path = TileCoordinate.all(size: head.size).first { $0.row == .hashes(level: 0) }?.path ?? ""
            let tile = try await server.get("/v1/log/" + path)
            #expect(tile.status == 200 && tile.headers["content-type"] == "application/octet-stream", "\(tile)")
            let raw = try house.home.logFiles.tile(TileCoordinate(path: path))
            #expect(raw.count == Int(head.size) * 32)
            for position in 0..<head.size { try await Self.prove(position, in: raw, server) }
            let size = try house.home.store.frontier().size
            #expect(try await server.get("/v1/ledger/records/\(size)").status == 404)
            for wrong in ["0/001", "0/000.p/256", "9/000", "0/x000/000", "entries/..", "0/a/b/c/d/e"] {
                try await Self.refuse(wrong, house.home.folder.path, server)
            }
        }
    }

    @Test func `a brief list has everything but what records say`() async throws {
        try await DashboardHouse.serving { house, server in
            let full = try await server.get("/v1/ledger/events?limit=5").json
            var expected = full.object ?? JSONObject()
            expected["events"] = .array(
                (full["events"]?.array ?? []).map { event in
                    var object = event.object ?? JSONObject()
                    object["record"] = nil
                    return .object(object)
                })
            #expect(try await server.get("/v1/ledger/events?limit=5&brief=true").json == .object(expected))
        }
    }

    @Test func `decisions are found by agent and effect, page by page`() async throws {
        try await DashboardHouse.serving { house, server in
            for index in 0..<12 {
                let action = try GatedAction(index % 3 == 0 ? "read_db" : "pay", payload: ["n": .integer(Int64(index))])
                _ = try await house.house.gate.decide(action, for: index % 2 == 0 ? "alice" : "bob", by: "test")
            }
            var (found, target): ([JSONValue], String?) = ([], "/v1/gate/decisions?agent=bob&effect=REQUIRE_HUMAN&limit=2")
            while let next = target {
                let page = try await server.get(next).json
                found += page["decisions"]?.array ?? []
                target = page["next"]?.integer.map { "/v1/gate/decisions?agent=bob&effect=REQUIRE_HUMAN&limit=2&before=\($0)" }
            }
            #expect(found.count == 4 && Set(found.compactMap { $0["decision"]?.string }).count == 4)
            #expect(try await server.get("/v1/gate/decisions?agent=nobody").status == 404)
        }
    }

    @Test func `a text is checked and tried without being stored`() async throws {
        try await DashboardHouse.serving { house, server in
            let size = try house.home.store.frontier().size
            let good = try await server.post(
                "/v1/gate/policies/lint",
                String(decoding: CanonicalForm.jcs.encode(["text": .string(SeedHouse.policy)] as JSONValue), as: UTF8.self))
            #expect(good.json["loads"] == true && good.json["name"] == "house", "\(good)")
            let bad = try await server.post("/v1/gate/policies/lint", #"{"text":"name: [\n"}"#)
            #expect(bad.json["loads"] == false && bad.json["findings"]?.array?.isEmpty == false, "\(bad)")
            let action = #""action":"pay","agent":"alice","payload":{"amount":1}"#
            let now = try await server.post("/v1/gate/policies/simulate", "{\(action)}")
            #expect(now.json["effect"] == "REQUIRE_HUMAN", "\(now)")
            let other = SeedHouse.policy.replacing("require_human", with: "forbid")
            let text = String(decoding: try CanonicalForm.jcs.encode(JSONValue.string(other)), as: UTF8.self)
            let then = try await server.post("/v1/gate/policies/simulate", "{\(action),\"text\":\(text)}")
            #expect(then.json["effect"] == "BLOCK", "\(then)")
            #expect(try await server.post("/v1/gate/policies/simulate", "{\(action),\"text\":1}").status == 400)
            #expect(try house.home.store.frontier().size == size)
        }
    }

    @Test func `an agent's risk is told for each moment, with its four parts`() async throws {
        let house = try await DashboardHouse()
        let routes = RouteTable.vigil(house.house.vigil, house.home.registry, now: house.home.clock.now)
        try await TestServer.run(house.home, adding: routes) { server in
            let now = house.home.clock.now()
            let day = "from=\(now.advanced(bySeconds: 1).text)&until=\(now.advanced(bySeconds: 86_401).text)"
            let answer = try await server.get("/v1/vigil/agents/alice/history?points=5&\(day)").json
            let points = try #require(answer["points"]?.array)
            #expect(points.count == 5 && points.allSatisfy { $0["contributions"]?.object?.count == 4 })
            let times = points.compactMap { $0["time"]?.integer }
            #expect(times == (0..<5).map { now.seconds + 1 + 21_600 * $0 }, "\(times)")
            let turned = "from=\(now.advanced(bySeconds: 5).text)&until=\(now.text)"
            let future = try await server.get("/v1/vigil/agents/alice/history?\(turned)")
            #expect(future.status == 200 && future.json["points"] == [], "\(future)")
            #expect(try await server.get("/v1/vigil/agents/nobody/history").status == 404)
            #expect(try await server.get("/v1/vigil/agents/alice/history?points=1").status == 400)
        }
    }
}
