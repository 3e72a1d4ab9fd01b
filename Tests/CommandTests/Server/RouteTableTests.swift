import Foundation
import TestKit
import Testing

/// docs/http-api.md says which route does what a command does. It is held against the program.
struct RouteTableTests {
    /// Leaf commands, as `governance vote`.
    private static func commands(_ tool: [String: Any], _ path: [String] = []) -> [String] {
        let subcommands = (tool["subcommands"] as? [[String: Any]] ?? []).filter { $0["commandName"] as? String != "help" }
        guard !subcommands.isEmpty else { return [path.joined(separator: " ")] }
        return subcommands.flatMap { commands($0, path + [$0["commandName"] as? String ?? ""]) }
    }

    @Test func `every command has a route or a reason, and every named route exists`() throws {
        let process = CommandProcess()
        let port = try FreePorts.first(1)
        #expect(try process.run("cluster", "up", "--nodes", "1", "--base-port", String(port)).status == 0)
        defer { _ = try? process.run("cluster", "stop") }
        let help = try process.run("--experimental-dump-help")
        let tree = try #require(try JSONSerialization.jsonObject(with: Data(help.output.utf8)) as? [String: Any])
        let commands = Self.commands(try #require(tree["command"] as? [String: Any]))
        let description = try process.run("api", "GET", "http://127.0.0.1:\(port)/openapi.json")
        let document = try #require(try JSONSerialization.jsonObject(with: Data(description.output.utf8)) as? [String: Any])
        var paths = try #require(document["paths"] as? [String: [String: Any]])
        // What a home with a gate and a vault has besides, and the seed's interfaces.
        #expect(try process.run("gate", "init", "--insecure-no-passphrase").status == 0)
        try process.folder.write(Array("a passphrase\n".utf8), to: "passphrase")
        #expect(try process.run("vault", "init", "--passphrase-file", "passphrase").status == 0)
        let server = try RunningServer(
            process,
            [
                "--trustgate-port", "0", "--vigil-port", "0", "--sign", "--insecure-no-passphrase",
            ])
        paths.merge(try Self.paths(of: server.port, process)) { $0.merging($1) { first, _ in first } }
        let seed = try ["trustgate", "vigil"].flatMap { name in
            try Self.paths(of: #require(server.ports[name]), process).flatMap { path, operations in
                operations.keys.map { "\($0.uppercased()) \(path)" }
            }
        }.filter { $0.contains("/api/") }

        let page = try String(contentsOfFile: Self.page, encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
        var named: [String] = []
        for row in rows where row.count == 2 {
            let cell = row[0].split(separator: ",").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
            if row[1].hasPrefix("`") {
                let parts = row[1].trimmingCharacters(in: CharacterSet(charactersIn: "`")).split(separator: " ").map(
                    String.init)
                #expect(paths[parts.last ?? ""]?[parts.first?.lowercased() ?? ""] != nil, "\(row[1]) is no route")
            }
            named += cell
        }
        let roles: Set = ["node", "operator", "approver", "agent", "auditor", "vault_admin"]
        named.removeAll { roles.contains($0) }
        #expect(Set(named).count == named.count, "a command stands twice")
        #expect(commands.filter { !named.contains($0) } == [], "commands that the page does not know")
        #expect(named.filter { !commands.contains($0) } == [], "commands that the program does not have")
        #expect(commands.count > 50)
        let listed = rows.filter { $0.count == 3 }.map { $0[0].trimmingCharacters(in: CharacterSet(charactersIn: "`")) }
        let inference = ["GET /v1/inference/key", "POST /v1/inference"]
        #expect(listed.sorted() == (seed + inference).sorted(), "the page and the interfaces apart differ")
    }

    private static func paths(of port: Int, _ process: CommandProcess) throws -> [String: [String: Any]] {
        let description = try process.run("api", "GET", "http://127.0.0.1:\(port)/openapi.json")
        let document = try JSONSerialization.jsonObject(with: Data(description.output.utf8)) as? [String: Any]
        return try #require(document?["paths"] as? [String: [String: Any]])
    }

    private static let page = CommandProcess.package.appending(path: "docs/http-api.md").path
}
