import Foundation
import TestKit
import Testing

/// `chancery gate` and `chancery mcp gate` as their users start them.
struct GateCommandTests {
    private static let policy = """
        language: chancery/policy/v2
        name: house
        rules:
          - {id: reads, effect: allow, when: {action: [read_db, tools/list, resources/read]}}
          - {id: payments, effect: require_human, when: {action: pay}}
        """

    private static func house() throws -> CommandProcess {
        let chancery = try CommandProcess.withAgent(3)
        try chancery.folder.write(Array(policy.utf8), to: "policy.yaml")
        for arguments in [["gate", "init", "--insecure-no-passphrase"], ["policy", "activate", "policy.yaml"]] {
            let outcome = try chancery.run(arguments)
            guard outcome.status == 0 else { throw CocoaError(.featureUnsupported, userInfo: ["error": outcome.error]) }
        }
        return chancery
    }

    private static func json(_ outcome: CommandProcess.Outcome) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome)")
    }

    @Test func `the exit code says whether it is allowed, blocked or asked, and a dry run writes nothing`() throws {
        let chancery = try Self.house()
        let before = try chancery.run("stats").output
        let cases: [(String, Int32, String)] = [("read_db", 0, "ALLOW"), ("shell", 3, "BLOCK"), ("pay", 5, "REQUIRE_HUMAN")]
        for (action, status, effect) in cases {
            let base = ["gate", "decide", "--agent", "a", "--action", action, "--dry-run"]
            let dry = try chancery.run(base)
            #expect(dry.status == status && dry.output.hasPrefix("dry run: ") && dry.output.contains(effect), "\(dry)")
            let json = try Self.json(chancery.run(base + ["--json"]))
            #expect(json["effect"] as? String == effect && json["allowed"] as? Bool == false && json["decision"] == nil)
        }
        let nobody = try chancery.run("gate", "decide", "--agent", "nobody", "--action", "pay", "--dry-run")
        #expect(nobody.status == 3 && nobody.code == "gate.agent_unknown", "\(nobody)")
        #expect(try chancery.run("stats").output == before)
        for (action, status, effect) in cases {
            let decided = try chancery.run("gate", "decide", "--agent", "a", "--action", action, "--json")
            let json = try Self.json(decided)
            #expect(decided.status == status && json["effect"] as? String == effect, "\(decided)")
            #expect(json["allowed"] as? Bool == (status == 0) && (json["decision"] as? String)?.utf8.count == 128)
        }
        #expect(try chancery.run("gate", "decisions", "--json").output.components(separatedBy: "\"decision\"").count == 4)
    }

    // MARK: the gateway

    /// An MCP server of the tools in `$TOOLS`, each of which says that it is done.
    private static let server = """
        while IFS= read -r line; do
          id=$(printf '%s' "$line" | sed -n 's/^{"id":\\("[^"]*"\\|[0-9]*\\).*/\\1/p')
          case "$line" in
            *'"method":"tools/list"'*)
              printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[%s]}}\\n' "$id" "$TOOLS" ;;
            *'"method":"tools/call"'*)
              printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"done"}],"resultType":"complete"}}\\n' "$id" ;;
          esac
        done
        """

    /// Calls `names`, one after the other, of a server that lists `tools`; the answers by the number of the call.
    private static func calling(
        _ names: [String], of upstream: String, listing tools: [String], in chancery: CommandProcess
    ) throws -> [Int: String] {
        let meta =
            #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#
        let lines = names.enumerated().map { number, name in
            #"{"jsonrpc":"2.0","id":\#(number),"method":"tools/call","params":{"name":"\#(name)","arguments":{},\#(meta)}}"#
                + "\n"
        }
        let listed = tools.map { #"{"name":"\#($0)","inputSchema":{"type":"object"}}"# }.joined(separator: ",")
        let outcome = try chancery.run(
            ["mcp", "gate", "--agent", "a", "--upstream", upstream, "--", "sh", "server.sh"], input: Array(lines.joined().utf8),
            prelude: "export TOOLS='\(listed)'")
        #expect(outcome.status == 0, "\(outcome)")
        var answers: [Int: String] = [:]
        for line in outcome.lines {
            let json = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
            if let id = json["id"] as? Int { answers[id] = line }
        }
        return answers
    }

    @Test(.timeLimit(.minutes(2)))
    func `a tool called like a method is decided as a tool, and like one that is decided otherwise not at all`() throws {
        let chancery = try Self.house()
        try chancery.folder.write(Array(Self.server.utf8), to: "server.sh")
        let names = ["tools/list", "resources/read", "tools/call", "shell"]
        let answers = try Self.calling(names, of: "odd", listing: names, in: chancery)
        #expect(answers.count == 4)
        #expect(answers[0]?.contains("\"done\"") == true, "\(answers)")
        // The policy allows the method, and says nothing about a tool of that name.
        for number in [1, 2] { #expect(answers[number]?.contains("mcp.gate_failed") == true, "\(answers)") }
        #expect(answers[3]?.contains("mcp.blocked") == true, "\(answers)")
        let decided = try chancery.run("gate", "decisions", "--json").output
        #expect(decided.contains(#""action":"tools/list""#) && !decided.contains(#""action":"resources/read""#), "\(decided)")
    }

    @Test(.timeLimit(.minutes(2)))
    func `gateways that start at the same time keep each other's accepted tools`() async throws {
        let chancery = try Self.house()
        try chancery.folder.write(Array(Self.server.utf8), to: "server.sh")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    let answers = try Self.calling(
                        ["read_db"], of: "server-\(number)", listing: ["read_db", "tool-\(number)"], in: chancery)
                    #expect(answers[0]?.contains("\"done\"") == true, "\(answers)")
                }
            }
            try await group.waitForAll()
        }
        let shown = try chancery.run("mcp", "tools").lines
        #expect(shown.count == 9 && shown.count { $0.contains(" pinned ") } == 8, "\(shown)")
        for number in 0..<4 { #expect(shown.contains { $0.contains("tool-\(number)") }) }
        // Another process accepts and forgets; the rest stays.
        #expect(try chancery.run("mcp", "tools", "--upstream", "server-0", "--forget").status == 0)
        _ = try Self.calling(["read_db"], of: "server-1", listing: ["read_db"], in: chancery)
        let left = try chancery.run("mcp", "tools").lines
        #expect(!left.contains { $0.contains("server-0") } && left.count == 7, "\(left)")
        #expect(left.contains { $0.contains("tool-1") && $0.contains("unlisted") }, "\(left)")
    }
}
