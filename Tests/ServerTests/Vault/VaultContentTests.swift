import ChanceryAPI
import ChanceryGate
import ChanceryNode
import ChanceryServer
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Foundation
import TestKit
import Testing

/// Content over HTTP: to whom a rule and a writ allow it, whole or in part, and never a part that looks whole.
struct VaultContentTests {
    private static let path = "/v1/vault/artifacts/llama/content"

    @Test func `an agent reads by its key, and each refusal is on record`() async throws {
        let house = try VaultHouse()
        try house.put("llama", Array("weights".utf8))
        try house.put("other", Array("weights".utf8), isGranted: false)
        try await house.serving { server in
            let planner = try server.key("planner", [.agent])
            let stranger = try server.key("stranger", [.agent])
            let nobody = try server.key("nobody", [.agent])
            let admin = try server.key("root", [.vaultAdmin])
            let answer = try await server.ask("GET", Self.path, by: planner)
            #expect(answer.status == 200 && answer.text == "weights", "\(answer)")
            #expect(answer.headers["content-length"] == "7" && answer.headers["accept-ranges"] == "bytes")
            #expect(answer.headers["cache-control"] == "no-store")
            let refused: [(RawAnswer, Int, String)] = [
                (try await server.ask("GET", "/v1/vault/artifacts/other/content", by: planner), 403, "vault.writ_required"),
                (try await server.ask("GET", Self.path, by: stranger), 403, "vault.bundle_not_allowed"),
                (try await server.ask("GET", Self.path, by: nobody), 403, "vault.not_an_agent"),
                // What a caller says of itself counts for nothing.
                (try await server.ask("GET", Self.path + "?agent=planner", by: stranger), 403, "vault.not_an_agent"),
                (try await server.ask("GET", Self.path + "?agent=planner", by: admin), 403, "vault.not_an_agent"),
                (try await server.ask("GET", Self.path, by: admin), 403, "vault.not_an_agent"),
                (try await server.ask("GET", Self.path + "?right=export", by: planner), 403, "vault.right_not_allowed"),
                (
                    try await server.ask("GET", "/v1/vault/artifacts/nothing/content", by: planner), 404,
                    "vault.unknown_artifact"
                ),
            ]
            for (answer, status, code) in refused { #expect(answer.status == status && answer.code == code, "\(answer)") }
            let recorded = try house.refusals("get")
            for (_, _, code) in refused { #expect(recorded.contains(code), "\(code)") }
            #expect(recorded.count { $0 == "vault.not_an_agent" } == 4)
            #expect(try house.payloads("vault_access").count == 1)
            let missing = try await server.ask("GET", Self.path + "?file=nothing", by: planner)
            #expect(missing.status == 404 && missing.code == "vault.no_file", "\(missing)")
        }
    }

    @Test func `all files of a version are one content and one use`() async throws {
        let house = try VaultHouse()
        let long = VaultHouse.text(3_000_000)
        try house.put("llama", [("a.bin", Array("abc".utf8)), ("b.bin", []), ("c.bin", long), ("d.bin", Array("end".utf8))])
        let whole = Array("abc".utf8) + long + Array("end".utf8)
        try await house.serving { server in
            let planner = try server.key("planner", [.agent])
            let all = try await server.ask("GET", Self.path + "?all=true", by: planner)
            #expect(all.status == 200 && all.body == whole)
            #expect(try house.payloads("vault_access").count == 1)
            for range in [0..<4, 2..<5, 2_999_990..<3_000_006, 3_000_002..<3_000_003] {
                let answer = try await server.ask(
                    "GET", Self.path + "?all=true", by: planner,
                    headers: ["Range: bytes=\(range.lowerBound)-\(range.upperBound - 1)"])
                #expect(answer.status == 206 && answer.body == Array(whole[range]), "\(range)")
            }
            let both = try await server.ask("GET", Self.path + "?all=true&file=a.bin", by: planner)
            #expect(both.status == 400 && both.code == "api.invalid_parameter", "\(both)")
            let one = try await server.ask("GET", Self.path + "?file=b.bin", by: planner)
            #expect(one.status == 200 && one.body == [] && one.headers["etag"] != all.headers["etag"])
        }
    }

    @Test func `what needs a person is read once with the signed answer to its question`() async throws {
        let house = try VaultHouse()
        try house.put("face", kind: .biometricTemplate, [("model.bin", Array("face".utf8))])
        let path = "/v1/vault/artifacts/face"
        try await house.serving { server in
            let planner = try server.key("planner", [.agent])
            let refused = try await server.ask("GET", path + "/content", by: planner)
            #expect(refused.status == 403 && refused.code == "vault.presence_required", "\(refused)")
            let asked = try await server.ask("POST", path + "/presence", #"{"right":"read"}"#, by: planner)
            #expect(asked.status == 201, "\(asked)")
            let question = try PresenceChallenge(JSONParser.parse(asked.body))
            func read(_ signer: SigningKey<Purpose.Approval>) async throws -> RawAnswer {
                guard case .signed(let bytes) = try question.answer(as: "apr_1", by: RecordSigner(signer)) else {
                    throw ScriptedFailure()
                }
                return try await server.ask(
                    "GET", path + "/content", by: planner, headers: ["Chancery-Presence: \(Base64.url.encode(bytes))"])
            }
            let (false1, right, again) = (
                try await read(.generate(.hybrid)), try await read(house.person), try await read(house.person)
            )
            #expect(false1.code == "vault.presence_required" && again.code == "vault.presence_required")
            #expect(right.status == 200 && right.text == "face", "\(right)")
            let odd = try await server.ask("GET", path + "/content", by: planner, headers: ["Chancery-Presence: *"])
            #expect(odd.status == 400 && odd.code == "api.invalid_parameter", "\(odd)")
        }
    }

    @Test func `what is not there spends no answer and no use, and who was present is on record`() async throws {
        let house = try VaultHouse()
        try house.put("face", kind: .biometricTemplate, [("model.bin", Array("face".utf8)), ("more.bin", [1])])
        let path = "/v1/vault/artifacts/face"
        try await house.serving { server in
            let planner = try server.key("planner", [.agent])
            let stranger = try server.key("stranger", [.agent])
            let asked = try await server.ask("POST", path + "/presence", #"{"right":"read"}"#, by: planner)
            let answer = try PresenceChallenge(JSONParser.parse(asked.body)).answer(as: "apr_1", by: RecordSigner(house.person))
            guard case .signed(let bytes) = answer else { throw ScriptedFailure() }
            let presence = "Chancery-Presence: \(Base64.url.encode(bytes))"
            func read(_ query: String, _ header: String = "X: y", by key: SigningKey<Purpose.HTTP>) async throws -> RawAnswer {
                try await server.ask("GET", path + "/content" + query, by: key, headers: [presence, header])
            }
            #expect(try await read("?file=other.bin", by: planner).code == "vault.no_file")
            #expect(try await read("", by: planner).code == "api.invalid_parameter")
            #expect(try await read("?file=model.bin", "Range: bytes=4-", by: planner).code == "api.range_not_satisfiable")
            // Whoever may not read does not learn what there is.
            for query in ["?file=other.bin", "?file=model.bin"] {
                #expect(try await read(query, by: stranger).code == "vault.bundle_not_allowed")
            }
            #expect(try house.payloads("vault_access").isEmpty)
            let refusals = try house.refusals("get")
            #expect(refusals.prefix(3) == ["vault.no_file", "api.invalid_parameter", "api.range_not_satisfiable"])
            #expect(refusals.count { $0 == "vault.bundle_not_allowed" } == 2)
            let right = try await read("?file=model.bin", by: planner)
            #expect(right.status == 200 && right.text == "face", "\(right)")
            #expect(try house.payloads("vault_access").map { $0["present"]?.string } == ["apr_1"])
        }
    }

    @Test func `a range that must be whole is refused when it reaches beyond the end, on record`() async throws {
        let house = try VaultHouse()
        try house.put("llama", Array("0123456789".utf8))
        try await house.serving { server in
            let planner = try server.key("planner", [.agent])
            for (range, status) in [("9-9", 206), ("9-10", 422), ("10-10", 422), ("-11", 422), ("-10", 206), ("3-", 206)] {
                let answer = try await server.ask(
                    "GET", Self.path + "?exact=true", by: planner, headers: ["Range: bytes=\(range)"])
                #expect(answer.status == status, "\(range): \(answer)")
                if status == 422 { #expect(answer.code == "vault.body_length", "\(range): \(answer)") }
            }
            #expect(try house.refusals("get") == ["vault.body_length", "vault.body_length", "vault.body_length"])
            #expect(try house.payloads("vault_access").count == 3)
        }
    }

    @Test(arguments: [
        ("?file=../x", "X: y", "vault.invalid_name"), ("?right=own", "X: y", "api.invalid_parameter"),
        ("?all=true&file=model.bin", "X: y", "api.invalid_parameter"), ("?version=0", "X: y", "api.invalid_parameter"),
        ("", "Chancery-Presence: *", "api.invalid_parameter"),
    ])
    func `a request that is malformed is refused on record`(query: String, header: String, code: String) async throws {
        let house = try VaultHouse()
        try house.put("llama", [1])
        try await house.serving { server in
            let planner = try server.key("planner", [.agent])
            let answer = try await server.ask("GET", Self.path + query, by: planner, headers: [header])
            #expect(answer.status == 400 && answer.code == code, "\(answer)")
            #expect(try house.refusals("get") == [code])
            #expect(try house.payloads("vault_access").isEmpty)
        }
    }

    @Test(arguments: [#"{"right":"own"}"#, #"{"more":1,"right":"read"}"#, #"{"right":"read","version":0}"#, "{"])
    func `a question of presence that is malformed is refused on record`(body: String) async throws {
        let house = try VaultHouse()
        try house.put("llama", [1])
        try await house.serving { server in
            let planner = try server.key("planner", [.agent])
            let answer = try await server.ask("POST", "/v1/vault/artifacts/llama/presence", body, by: planner)
            #expect((400..<500).contains(answer.status), "\(answer)")
            #expect(try house.refusals("presence") == [answer.code].compactMap(\.self))
            #expect(try house.refusals("presence").count == 1)
        }
    }

    @Test func `a true answer counts although another process writes while it is decided`() async throws {
        let house = try VaultHouse()
        let entry = try house.put("face", kind: .biometricTemplate, [("model.bin", Array("face".utf8))])
        let planner = try AuthenticatedCaller(principal: house.plannerDID, bundle: "planner")
        let question = try house.vault.askPresence(for: planner, entry, right: .read)
        let answer = try question.answer(as: "apr_1", by: RecordSigner(house.person))
        let other = try house.process()
        let more = try house.put("more", [1])
        var decided = 0
        let opening = try await house.vault.open(entry, by: planner, presence: answer) { _ in
            decided += 1
            if decided == 1 { try other.revoke(more, from: house.plannerDID, by: "test") }
        }
        #expect(decided == 2 && opening.permit.present == "apr_1")
        await #expect {
            _ = try await house.vault.open(entry, by: planner, presence: answer)
        } throws: {
            ($0 as? VaultError)?.code == "vault.presence_required"
        }
    }

    @Test func `a retired agent gets no permit, however often it is asked for, and each refusal is on record`() async throws {
        let house = try VaultHouse()
        let entry = try house.put("llama", Array("weights".utf8))
        let planner = try AuthenticatedCaller(principal: house.plannerDID, bundle: "planner")
        _ = try await house.vault.open(entry, by: planner)
        _ = try house.home.ledger.retire(house.planner)
        for _ in 0..<3 {
            await #expect {
                _ = try await house.vault.open(entry, by: planner)
            } throws: {
                ($0 as? NodeError)?.reason == .retired
            }
        }
        #expect(try house.refusals("get") == ["node.retired", "node.retired", "node.retired"])
        #expect(try house.payloads("vault_access").count == 1)
    }

    @Test func `one reader takes a quarter of the places and no more`() async throws {
        let house = try VaultHouse()
        try house.put("llama", [UInt8](repeating: 0x61, count: 48 << 20))
        try await house.serving { server in
            let (planner, stranger) = (try server.key("planner", [.agent]), try server.key("stranger", [.agent]))
            var streams: [RawStream] = []
            for number in 0..<16 {
                let head = try server.clients.headers("GET", Self.path, port: server.port, by: planner)
                let lines = ["GET \(Self.path) HTTP/1.1", "Host: 127.0.0.1:\(server.port)"] + head + ["", ""]
                let stream = try RawStream(lines.joined(separator: "\r\n"), port: server.port)
                let start = String(decoding: try await stream.read(1 << 12), as: UTF8.self)
                #expect(start.hasPrefix("HTTP/1.1 200"), "\(number): \(start.prefix(200))")
                streams.append(stream)
            }
            let more = try await server.ask("GET", Self.path, by: planner)
            #expect(more.status == 503 && more.code == "api.no_room", "\(more)")
            // Somebody else gets as far as the policy.
            #expect(try await server.ask("GET", Self.path, by: stranger).code == "vault.bundle_not_allowed")
            streams.removeAll()
            // A place is free again once the server sees that nobody reads.
            var status = 503
            for _ in 0..<100 where status == 503 {
                try await Task.sleep(for: .milliseconds(50))
                status = try await server.ask("GET", Self.path + "?file=model.bin", by: planner, headers: ["Range: bytes=0-1"])
                    .status
            }
            #expect(status == 206)
        }
    }

    private struct ScriptedFailure: Error {}

    @Test(arguments: [
        (10, "bytes=0-0", 206, "bytes 0-0/10", "0"), (10, "bytes=9-9", 206, "bytes 9-9/10", "9"),
        (10, "bytes=9-", 206, "bytes 9-9/10", "9"), (10, "bytes=-1", 206, "bytes 9-9/10", "9"),
        (10, "bytes=2-4", 206, "bytes 2-4/10", "234"), (10, "bytes=8-100", 206, "bytes 8-9/10", "89"),
        (10, "bytes=8-99999999999999999999999", 206, "bytes 8-9/10", "89"),
        (10, "bytes=-100", 206, "bytes 0-9/10", "0123456789"), (10, "BYTES=1-1", 206, "bytes 1-1/10", "1"),
        (10, "bytes=10-", 416, "bytes */10", ""), (10, "bytes=10-20", 416, "bytes */10", ""),
        (10, "bytes=99999999999999999999999-", 416, "bytes */10", ""), (10, "bytes=-0", 416, "bytes */10", ""),
        (10, "bytes=0-1,3-4", 200, "", "0123456789"), (10, "bytes=4-2", 200, "", "0123456789"),
        (10, "lines=1-2", 200, "", "0123456789"), (10, "bytes=-", 200, "", "0123456789"),
        (10, "bytes=+1-2", 200, "", "0123456789"), (0, "bytes=0-0", 416, "bytes */0", ""), (0, "bytes=-5", 200, "", ""),
        (0, "bytes=0-", 416, "bytes */0", ""),
    ])
    func `one range is given as asked, and what is none is ignored`(
        count: Int, range: String, status: Int, stated: String, content: String
    ) async throws {
        let house = try VaultHouse()
        try house.put("llama", Array("0123456789".utf8.prefix(count)))
        try await house.serving { server in
            let planner = try server.key("planner", [.agent])
            let answer = try await server.ask("GET", Self.path, by: planner, headers: ["Range: \(range)"])
            #expect(answer.status == status && answer.headers["content-range"] ?? "" == stated, "\(range): \(answer)")
            #expect(status == 416 ? answer.code == "api.range_not_satisfiable" : answer.text == content, "\(range): \(answer)")
        }
    }

    @Test func `a range of content that has changed since is the whole`() async throws {
        let house = try VaultHouse()
        try house.put("llama", Array("0123456789".utf8))
        try await house.serving { server in
            let planner = try server.key("planner", [.agent])
            let tag = try await server.ask("HEAD", Self.path, by: planner).headers["etag"] ?? ""
            #expect(tag.count > 40)
            for (tag, status) in [(tag, 206), ("\"other\"", 200), ("W/\(tag)", 200)] {
                let answer = try await server.ask(
                    "GET", Self.path, by: planner, headers: ["Range: bytes=1-2", "If-Range: \(tag)"])
                #expect(answer.status == status, "\(tag): \(answer)")
            }
        }
    }

    @Test func `content of many pieces comes back whole, from any place`() async throws {
        let house = try VaultHouse()
        let content = VaultHouse.text(3_500_000)
        try house.put("llama", content)
        try await house.serving { server in
            let planner = try server.key("planner", [.agent])
            #expect(try await server.ask("GET", Self.path, by: planner).body == content)
            for first in [1, 16_383, 1_048_575, 1_048_576, 3_499_999] {
                let answer = try await server.ask("GET", Self.path, by: planner, headers: ["Range: bytes=\(first)-"])
                #expect(answer.status == 206 && answer.body == Array(content[first...]), "\(first)")
            }
        }
    }

    @Test(arguments: ["revoked", "locked", "locked and unlocked", "deleted"])
    func `whoever reads when the right ends gets less than was stated, and no clean end`(how: String) async throws {
        let house = try VaultHouse()
        let count = 48 << 20
        let entry = try house.put("llama", [UInt8](repeating: 0x61, count: count))
        try await house.serving { server in
            let planner = try server.key("planner", [.agent])
            let head = try server.clients.headers("GET", Self.path, port: server.port, by: planner)
            let lines = ["GET \(Self.path) HTTP/1.1", "Host: 127.0.0.1:\(server.port)"] + head + ["", ""]
            let stream = try RawStream(lines.joined(separator: "\r\n"), port: server.port)
            let first = try await stream.read(1 << 16)
            #expect(String(decoding: first, as: UTF8.self).contains("Content-Length: \(count)\r\n"))
            switch how {
            case "revoked": try house.vault.revoke(entry, from: house.plannerDID, by: "test")
            case "locked": try house.host.lock(by: "test")
            case "locked and unlocked":
                try house.host.lock(by: "test")
                try house.unlock()
            default: try house.vault.delete(entry.artifact, by: "test")
            }
            // The next look at the permit is due.
            house.home.clock.turn(by: 1)
            let rest = try await stream.readToEnd()
            #expect(first.count + rest < count, "\(first.count + rest) bytes came")
            let code = how.hasPrefix("locked") ? "vault.locked" : "vault.grant_changed"
            // The record is written when the connection has ended.
            var found: [String] = []
            for _ in 0..<60 where found.isEmpty {
                found = try house.refusals("read")
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(found == [code])
        }
    }
}

/// A connection that is read piece by piece.
final class RawStream: Sendable {
    private let descriptor: Int32

    init(_ text: String, port: Int) throws {
        descriptor = try RawConnection.open(port: port)
        let bytes = Array(text.utf8)
        _ = unsafe send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) async {
        let descriptor = descriptor
        await withCheckedContinuation { reply in
            DispatchQueue.global().async {
                _ = unsafe send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                reply.resume()
            }
        }
    }

    /// What comes next, at most `count` bytes; nothing at the end.
    func read(_ count: Int) async throws -> [UInt8] {
        let descriptor = descriptor
        return await withCheckedContinuation { reply in
            DispatchQueue.global().async {
                var buffer = [UInt8](repeating: 0, count: count)
                let count = unsafe recv(descriptor, &buffer, count, 0)
                reply.resume(returning: Array(buffer.prefix(max(0, count))))
            }
        }
    }

    /// How many bytes come before the connection ends.
    func readToEnd() async throws -> Int {
        var total = 0
        while true {
            let count = try await read(1 << 20).count
            guard count > 0 else { return total }
            total += count
        }
    }
}
