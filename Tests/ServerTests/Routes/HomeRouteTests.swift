import ChanceryAPI
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChanceryWire
import Foundation
import TestKit
import Testing

/// What a home answers over a real socket.
struct HomeRouteTests {
    /// A home with a registered agent and `events` of its events.
    private func home(_ events: Int = 7) throws -> SampleHome {
        let home = try SampleHome()
        let identity = try home.identity()
        _ = try home.ledger.register(identity, role: "tester")
        if events > 0 { _ = try home.ledger.stamp(samplePayloads(events), as: identity) }
        return home
    }

    @Test func `health, readiness and metrics answer`() async throws {
        try await TestServer.run(home()) { server in
            #expect(try await server.get("/health").json == ["status": "ok", "version": "test"])
            #expect(try await server.get("/ready").json == ["records": 9, "status": "ready"])
            _ = try await server.get("/v1/ledger/events/\(String(repeating: "0", count: 64))")
            _ = try await server.get("/nowhere/\(UUID().uuidString)", method: "PROPFIND")
            let metrics = try await server.get("/metrics")
            #expect(metrics.status == 200 && metrics.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            for line in [
                "chancery_ledger_records 9", #"chancery_http_requests_total{method="GET",route="/health",status="200"} 1"#,
                #"chancery_http_requests_total{method="GET",route="/v1/ledger/events/{hash}",status="404"} 1"#,
                #"chancery_http_requests_total{method="other",route="other",status="404"} 1"#,
                #"chancery_http_request_seconds_count{route="/health"} 1"#,
            ] {
                #expect(metrics.text.contains(line + "\n"), "\(line)\n\(metrics.text)")
            }
        }
    }

    @Test func `pages lead through all records, newest first, each once`() async throws {
        try await TestServer.run(home(12)) { server in
            var seen: [Int64] = []
            var target = "/v1/ledger/events?limit=5"
            while seen.count < 40 {
                let answer = try await server.get(target)
                let events = try #require(answer.json["events"]?.array, "\(answer)")
                seen += events.compactMap { $0["position"]?.integer }
                guard let next = answer.json["next"]?.integer else { break }
                target = "/v1/ledger/events?limit=5&after=\(next)"
            }
            #expect(seen == Array((0..<14).reversed()))
            let oldest = try await server.get("/v1/ledger/events?order=oldest&limit=500").json
            #expect(oldest["events"]?.array?.compactMap { $0["position"]?.integer } == Array(0..<14))
            #expect(oldest["next"] == .null)
        }
    }

    @Test func `filters find what the command finds`() async throws {
        let home = try home(5)
        let agent = try #require(try home.store.chains().first { ChainState.isAgent($0.agent) }?.agent)
        try await TestServer.run(home) { server in
            for (filter, count) in [
                ("agent=\(agent)", 7), ("type=step", 5), ("kind=AISS-2.1", 5), ("kind=chancery%2Fidentity%2Fv1", 1),
                ("agent=nobody", 0), ("session=x", 0), ("from=2000-01-01T00:00:00.000Z", 7),
                ("until=2000-01-01T00:00:00.000Z", 0), ("type=step&kind=AISS-1.0", 0), ("agent=%F0%9F%98%80", 0),
            ] {
                let answer = try await server.get("/v1/ledger/events?\(filter)")
                #expect(answer.json["events"]?.array?.count == count, "\(filter): \(answer)")
            }
        }
    }

    @Test func `a record is found by its hash`() async throws {
        try await TestServer.run(home(2)) { server in
            let events = try await server.get("/v1/ledger/events").json["events"]?.array ?? []
            #expect(events.count == 4)
            for event in events {
                let id = try #require(event["id"]?.string)
                #expect(try await server.get("/v1/ledger/events/\(id)").json == event)
            }
            let missing = try await server.get("/v1/ledger/events/\(String(repeating: "0", count: 128))")
            #expect(missing.status == 404 && missing.code == "node.not_found", "\(missing)")
        }
    }

    @Test func `counts and the checkpoint are those of the home`() async throws {
        let home = try home(3)
        try await TestServer.run(home) { server in
            let none = try await server.get("/v1/log/checkpoint")
            #expect(none.status == 404 && none.code == "node.not_found", "\(none)")
            #expect(try await server.get("/v1/ledger/stats").json["records"]?.integer == 5)
            try home.log.start(origin: "example.org/test", protection: .unencrypted)
            _ = try home.log.publish(protection: .unencrypted)
            let note = try await server.get("/v1/log/checkpoint")
            #expect(note.status == 200)
            #expect(try note.body == home.folder.read("log/checkpoint"))
            let stats = try await server.get("/v1/ledger/stats").json
            #expect(stats["checkpoint"]?.integer == 5 && stats["kinds"]?["AISS-2.1"]?.integer == 3, "\(stats)")
            #expect(stats["chains"]?.array?.count == 1)
            // A checkpoint that somebody changed is not handed out.
            try home.folder.write(note.body.replacing("example.org", by: "example.com"), to: "log/checkpoint")
            let damaged = try await server.get("/v1/log/checkpoint")
            #expect(damaged.status == 500 && damaged.code == "store.corrupt", "\(damaged)")
        }
    }

    @Test func `a store that fails is this machine's fault, and says so without telling more`() async throws {
        let home = try home()
        for (reason, status) in [(NodeError.Reason.storeBusy, 503), (.storeCorrupt, 500), (.storeUnavailable, 503)] {
            let broken = BrokenStore(error: NodeError(reason, "secret path"))
            try await TestServer.run(broken, log: home.log) { server in
                for target in [
                    "/v1/ledger/stats", "/v1/ledger/events", "/v1/ledger/events/\(String(repeating: "0", count: 64))",
                ] {
                    let answer = try await server.get(target)
                    #expect(answer.status == status && answer.code == reason.rawValue, "\(answer)")
                    #expect(status == 503 || !answer.text.contains("secret"), "\(answer)")
                }
                let ready = try await server.get("/ready")
                #expect(ready.status == 503 && ready.code == "store.unavailable" && ready.headers["retry-after"] == "1")
                #expect(try await server.get("/health").status == 200)
            }
        }
    }
}
