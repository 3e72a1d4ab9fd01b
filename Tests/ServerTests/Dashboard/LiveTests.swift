import ChanceryAPI
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChanceryWire
import TestKit
import Testing

/// What lands, as it lands.
struct LiveTests {
    /// The records that a stream told, and whether each event's id is its last position.
    private static func records(_ answer: RawAnswer) throws -> [JSONValue] {
        var found: [JSONValue] = []
        // Lines of the transfer coding end in CR LF, which is one character.
        for event in answer.text.replacing("\r\n", with: "\n").split(separator: "\n\n") where event.contains("event: record") {
            let lines = event.split(separator: "\n")
            let data = try #require(lines.first { $0.hasPrefix("data: ") })
            let batch = try #require(JSONParser.parse(Array(data.dropFirst(6).utf8)).array)
            let id = try #require(lines.first { $0.hasPrefix("id: ") })
            #expect(batch.last?["position"]?.integer == Int64(id.dropFirst(4)))
            found += batch
        }
        return found
    }

    private func stamp(_ count: Int, _ house: DashboardHouse) throws {
        for index in 0..<count { _ = try house.home.ledger.stamp(samplePayloads(1, from: index), as: house.house.alice) }
    }

    @Test func `records come once, in order, without a gap, also after a break`() async throws {
        try await DashboardHouse.serving { house, server in
            let size = try Int64(house.home.store.frontier().size)
            var positions: [Int64] = []
            for turn in 0..<3 {
                let browser = try await Browser(house, server, [.auditor])
                let resumed = positions.last.map { ["Last-Event-ID: \($0)"] } ?? []
                let reader = Task { try await browser.get("/v1/live", headers: resumed) }
                try await Task.sleep(for: .milliseconds(turn == 0 ? 400 : 0))
                try stamp(40, house)
                try await Task.sleep(for: .milliseconds(600))
                _ = try await browser.end()
                let records = try Self.records(try await reader.value)
                positions += records.compactMap { $0["position"]?.integer }
                #expect(records.allSatisfy { $0["agent"] == "alice" || $0["agent"] == .null })
                // Nobody listens now.
                try stamp(10, house)
            }
            let end = try Int64(house.home.store.frontier().size) - 10
            #expect(positions == Array(size..<end), "\(positions.count) of \(end - size)")
        }
    }

    @Test func `who comes late reads from the store what others heard before`() async throws {
        try await DashboardHouse.serving { house, server in
            try stamp(30, house)
            let browser = try await Browser(house, server, [.auditor])
            let reader = Task { try await browser.get("/v1/live?after=3") }
            try await Task.sleep(for: .milliseconds(600))
            _ = try await browser.end()
            let size = try Int64(house.home.store.frontier().size)
            let positions = try Self.records(try await reader.value).compactMap { $0["position"]?.integer }
            #expect(positions == Array(4..<size))
        }
    }

    @Test(arguments: ["18446744073709551615", "18446744073709551614", "9007199254740992", "-1", "+5", "1e3", "x"])
    func `what is no position resumes nothing and harms nobody`(id: String) async throws {
        try await DashboardHouse.serving { house, server in
            let browser = try await Browser(house, server, [.auditor])
            let answer = try await browser.get("/v1/live", headers: ["Last-Event-ID: \(id)"])
            #expect(answer.status == 400 && answer.json["code"] == "api.invalid_parameter", "\(answer)")
            #expect(try await server.get("/health").status == 200)
        }
    }

    @Test func `a record is what the store holds of it`() async throws {
        try await DashboardHouse.serving { house, server in
            let browser = try await Browser(house, server, [.auditor])
            let reader = Task { try await browser.get("/v1/live") }
            try await Task.sleep(for: .milliseconds(400))
            try stamp(1, house)
            try await Task.sleep(for: .milliseconds(500))
            _ = try await browser.end()
            let answer = try await reader.value
            let record = try #require(try Self.records(answer).first { $0["event_type"] == "step" })
            let stored = try #require(try house.home.store.records(RecordQuery(eventType: "step")).first)
            #expect(record["hash"]?.string == Hex.encode(stored.id) && record["chain"]?.string == stored.agent)
            #expect(record["kind"] == "AISS-2.1" && record["sequence"]?.integer == stored.sequence.map(Int64.init))
            let state = try #require(answer.text.split(separator: "\n\n").first { $0.contains("event: state") })
            #expect(state.contains(#""pending":0"#) && state.contains(#""frozen":0"#), "\(state)")
        }
    }

    @Test func `so many streams and no more`() async throws {
        try await DashboardHouse.serving { house, server in
            let browser = try await Browser(house, server, [.auditor])
            let readers = (0..<20).map { _ in Task { try await browser.get("/v1/live") } }
            try await Task.sleep(for: .milliseconds(1500))
            _ = try await browser.end()
            var statuses: [Int] = []
            for reader in readers { statuses.append(try await reader.value.status) }
            #expect(statuses.count { $0 == 200 } == 16 && statuses.count { $0 == 503 } == 4, "\(statuses)")
        }
    }
}
