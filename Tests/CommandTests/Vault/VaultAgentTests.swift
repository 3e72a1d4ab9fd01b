import Foundation
import TestKit
import Testing

/// `vault agent` as its user starts it, and the commands that find it.
struct VaultAgentTests {
    /// An agent of the vault; it is killed when the test forgets to stop it.
    private final class Agent {
        let process = Process()

        init(_ chancery: CommandProcess, _ arguments: [String] = []) throws {
            let output = Pipe()
            process.executableURL = try CommandProcess.binary()
            process.arguments = ["vault", "agent", "--json", "--passphrase-file", "passphrase"] + arguments
            process.environment = chancery.environment
            process.currentDirectoryURL = URL(fileURLWithPath: chancery.folder.path)
            process.standardOutput = output
            try process.run()
            // It says where it answers when it does.
            _ = output.fileHandleForReading.availableData
        }

        deinit { if process.isRunning { process.terminate() } }
    }

    private let chancery = CommandProcess()
    private var socket: String { "\(chancery.folder.path)/home/vault/agent.sock" }

    init() throws {
        try chancery.folder.write(Array("a passphrase\n".utf8), to: "passphrase")
        try chancery.folder.write(Array("another one\n".utf8), to: "wrong")
        #expect(try chancery.run("vault", "init", "--passphrase-file", "passphrase").status == 0)
    }

    private func policy(_ secret: [String] = []) throws {
        let policy = """
            {"rules":[{"bundles":["clerk"],"kind":"credential","limit":null,"presence":false,"rights":["export","read"]}],\
            "type":"chancery/vault-policy/v1"}
            """
        try chancery.folder.write(Array(policy.utf8), to: "policy")
        let insecure = "--insecure-no-passphrase"
        #expect(try chancery.run("identity", "create", "clerk", insecure).status == 0)
        #expect(try chancery.run("agent", "register", "clerk", "--role", "worker").status == 0)
        #expect(try chancery.run(["vault", "policy", "policy"] + secret).status == 0)
    }

    @Test func `commands find the agent, need no passphrase, and give the same as without it`() throws {
        let agent = try Agent(chancery)
        try policy()
        #expect(try chancery.run("vault", "put", "token", "-", "--kind", "credential", input: Array("secret".utf8)).status == 0)
        #expect(try chancery.run("vault", "grant", "token", "--agent", "clerk").status == 0)
        #expect(try chancery.run("vault", "cat", "token", "--agent", "clerk").output == "secret")
        #expect(try chancery.run("vault", "cat", "token", "--agent", "clerk", "--range", "1-2").output == "ec")
        #expect(
            try chancery.run("vault", "cat", "token", "--agent", "clerk", "--range", "9-10").code == "vault.body_length"
        )
        for secret in [[], ["--passphrase-file", "passphrase"]] {
            let odd = try chancery.run(["vault", "cat", "token", "--agent", "clerk", "--file", "../x"] + secret)
            #expect(odd.code == "vault.invalid_name", "\(odd)")
            let none = try chancery.run(
                ["vault", "cat", "token", "--agent", "clerk", "--file", "nope", "--range", "0-1"] + secret)
            #expect(none.code == "vault.no_file", "\(none)")
        }
        let refused = try chancery.run("search", "--type", "vault_refused", "--json").output
        for (code, count) in [("vault.invalid_name", 2), ("vault.no_file", 2), ("vault.body_length", 1)] {
            #expect(refused.components(separatedBy: #"\"\#(code)\""#).count == count + 1, "\(code): \(refused)")
        }
        // A name that is empty is a name, and nothing has it.
        for secret in [[], ["--passphrase-file", "passphrase"]] {
            let empty = try chancery.run(["vault", "cat", "token", "--agent", "clerk", "--file", ""] + secret)
            #expect(empty.status != 0 && empty.output.isEmpty, "\(empty)")
        }
        #expect(try chancery.run("vault", "get", "token", "--agent", "clerk", "--out", "copy").status == 0)
        #expect(try chancery.folder.read("copy/secret") == Array("secret".utf8))
        #expect(try chancery.run("vault", "get", "token", "--agent", "nobody", "--out", "none").code == "node.not_found")
        #expect(!FileManager.default.fileExists(atPath: "\(chancery.folder.path)/none"))
        for arguments in [["list"], ["show", "token"], ["versions", "token"], ["policy"]] {
            let whole = ["vault"] + arguments + ["--json"]
            let (with, without) = (try chancery.run(whole), try chancery.run(whole + ["--passphrase-file", "passphrase"]))
            #expect(with.status == 0 && with.output == without.output, "\(arguments): \(with) \(without)")
        }
        #expect(try chancery.run("vault", "revoke", "token", "--agent", "clerk").status == 0)
        #expect(try chancery.run("vault", "cat", "token", "--agent", "clerk").code == "vault.writ_required")
        #expect(try chancery.run("vault", "delete", "token", "--keep-root").output.contains("unlinked"))
        agent.process.terminate()
        agent.process.waitUntilExit()
        #expect(agent.process.terminationStatus == 0 && !FileManager.default.fileExists(atPath: socket))
    }

    @Test func `content that is no text passes through the command for requests as it is`() throws {
        let agent = try Agent(chancery)
        try policy()
        let content: [UInt8] = [0xff, 0x00, 0xc3, 0x28, 0x0a, 0x0a]
        #expect(try chancery.run("vault", "put", "token", "-", "--kind", "credential", input: content).status == 0)
        #expect(try chancery.run("vault", "grant", "token", "--agent", "clerk").status == 0)
        let read = try chancery.run(
            "api", "GET", "http://127.0.0.1:80/v1/vault/artifacts/token/content?agent=clerk", "--socket", socket,
            redirection: "> content")
        #expect(read.status == 0, "\(read)")
        #expect(try chancery.folder.read("content") == content)
        let empty = ["vault", "put", "nothing", "-", "--kind", "credential", "--passphrase-file", "passphrase"]
        #expect(try chancery.run(empty).status == 0)
        #expect(try chancery.run("vault", "grant", "nothing", "--agent", "clerk").status == 0)
        let nothing = try chancery.run(
            "api", "GET", "http://127.0.0.1:80/v1/vault/artifacts/nothing/content?agent=clerk", "--socket", socket)
        #expect(nothing.status == 0 && nothing.output.isEmpty, "\(nothing)")
        let refused = try chancery.run(
            "api", "GET", "http://127.0.0.1:80/v1/vault/artifacts/other/content?agent=clerk", "--socket", socket)
        #expect(refused.status == 3 && refused.output.contains("vault.unknown_artifact"), "\(refused)")
        #expect(agent.process.isRunning)
    }

    @Test func `one agent at a time, which locks and unlocks and keeps others from its socket`() throws {
        let agent = try Agent(chancery, ["--ttl", "60"])
        let mode = try FileManager.default.attributesOfItem(atPath: socket)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let second = try chancery.run("vault", "agent", "--passphrase-file", "passphrase")
        #expect(second.code == "node.already_exists" && second.status == 3, "\(second)")
        #expect(try chancery.run("vault", "status").output.contains("unlocked"))
        #expect(try chancery.run("vault", "lock").status == 0)
        #expect(try chancery.run("vault", "status").output.contains("state     locked"))
        let put = try chancery.run("vault", "put", "token", "-", input: [1])
        #expect(put.code == "vault.locked" && put.status == 5, "\(put)")
        let wrong = try chancery.run("vault", "unlock", "--passphrase-file", "wrong")
        #expect(wrong.code == "vault.wrong_secret" && wrong.status == 5, "\(wrong)")
        // Each wrong one doubles the delay: soon it is longer than a command takes.
        let delayed = try (0..<8).contains { _ in
            try chancery.run("vault", "unlock", "--passphrase-file", "wrong").code == "vault.unlock_delayed"
        }
        #expect(delayed)
        let opened = try (0..<200).contains { _ in
            usleep(200_000)
            return try chancery.run("vault", "unlock", "--passphrase-file", "passphrase").status == 0
        }
        #expect(opened)
        // Whoever is killed leaves a socket at which nobody answers: the next agent takes its place.
        kill(agent.process.processIdentifier, SIGKILL)
        agent.process.waitUntilExit()
        #expect(FileManager.default.fileExists(atPath: socket))
        #expect(try chancery.run("vault", "lock").code == "node.passphrase_required")
        let next = try Agent(chancery, ["--locked"])
        #expect(try chancery.run("vault", "status").output.contains("closed"))
        #expect(next.process.isRunning)
    }

    @Test func `a vault is locked with its passphrase where no process that has it open answers`() throws {
        func locks() throws -> Int {
            let events = try chancery.run("search", "--type", "vault_session", "--json").output
            return events.components(separatedBy: #"\"locked\""#).count - 1
        }
        let lock = ["vault", "lock", "--passphrase-file", "passphrase"]
        #expect(try chancery.run(lock).status == 0)
        #expect(try locks() == 1)
        // An agent that was never unlocked cannot sign that it locks.
        let agent = try Agent(chancery, ["--locked"])
        #expect(try chancery.run("vault", "lock").code == "node.passphrase_required")
        #expect(try chancery.run("vault", "lock", "--passphrase-file", "wrong").code == "vault.wrong_secret")
        #expect(try chancery.run(lock).status == 0)
        #expect(try locks() == 2)
        #expect(agent.process.isRunning)
    }

    @Test func `a lock without an agent ends a service of inference`() throws {
        try policy(["--passphrase-file", "passphrase"])
        let secret = ["--passphrase-file", "passphrase"]
        #expect(try chancery.run(["vault", "put", "token", "-", "--kind", "credential"] + secret, input: [1]).status == 0)
        #expect(try chancery.run(["vault", "grant", "token", "--agent", "clerk"] + secret).status == 0)
        let (service, output) = (Process(), Pipe())
        service.executableURL = try CommandProcess.binary()
        service.arguments =
            ["infer", "serve", "--model", "token", "--agent", "clerk", "--backend", "http://127.0.0.1:9", "--port", "0"]
            + ["--json"] + secret
        service.environment = chancery.environment
        service.currentDirectoryURL = URL(fileURLWithPath: chancery.folder.path)
        service.standardOutput = output
        try service.run()
        defer { if service.isRunning { service.terminate() } }
        // It says where it answers when it does.
        _ = output.fileHandleForReading.availableData
        #expect(try chancery.run(["vault", "lock"] + secret).status == 0)
        let ended = (0..<100).contains { _ in
            usleep(100_000)
            return !service.isRunning
        }
        #expect(ended)
        if ended { #expect(service.terminationStatus == 5) }
    }

    @Test func `a wrong passphrase of a command waits like any other, and is on record with the next right one`() throws {
        let wrong = try chancery.run("vault", "list", "--passphrase-file", "wrong")
        #expect(wrong.code == "vault.wrong_secret" && wrong.status == 5, "\(wrong)")
        let started = Date()
        // Its success shows that the identity opens, not the root: the record comes with an unlock.
        #expect(try chancery.run("vault", "list", "--passphrase-file", "passphrase").status == 0)
        // Its second began when the command before refused, somewhat before that one ended.
        #expect(Date().timeIntervalSince(started) >= 0.7)
        try chancery.folder.write([1, 2, 3], to: "file")
        #expect(try chancery.run("vault", "put", "file", "file", "--passphrase-file", "passphrase").status == 0)
        let found = try chancery.run("search", "--type", "vault_refused", "--json")
        #expect(found.output.contains("vault.wrong_secret") && found.output.contains("given 1 times"), "\(found)")
    }

    @Test func `an agent that begins after a wrong passphrase takes the right one when its delay is over`() throws {
        #expect(try chancery.run("vault", "list", "--passphrase-file", "wrong").code == "vault.wrong_secret")
        usleep(1_100_000)
        let agent = try Agent(chancery, ["--locked"])
        let unlocked = try chancery.run("vault", "unlock", "--passphrase-file", "passphrase")
        #expect(unlocked.status == 0, "\(unlocked)")
        #expect(agent.process.isRunning)
    }

    @Test func `a service of inference ends when its vault is locked, instead of looking healthy`() throws {
        try policy(["--passphrase-file", "passphrase"])
        #expect(
            try chancery.run(
                "vault", "put", "token", "-", "--kind", "credential", "--passphrase-file", "passphrase", input: [1]
            ).status == 0)
        #expect(
            try chancery.run("vault", "grant", "token", "--agent", "clerk", "--passphrase-file", "passphrase").status == 0)
        let served = try chancery.run(
            "infer", "serve", "--model", "token", "--agent", "clerk", "--backend", "http://127.0.0.1:9", "--port", "0",
            "--ttl", "1s", "--passphrase-file", "passphrase", prelude: "ulimit -t 60")
        #expect(served.code == "vault.locked" && served.status == 5, "\(served)")
        #expect(served.output.contains("serving token"), "\(served)")
    }

    @Test func `an approver says from any machine that they are there`() throws {
        let insecure = "--insecure-no-passphrase"
        #expect(
            try chancery.run("approver", "register", "ann", "--clearance", "L1", "--out", "ann.key", insecure).status == 0)
        let rules = """
            {"rules":[{"bundles":["clerk"],"kind":"credential","limit":null,"presence":true,"rights":["read"]}],\
            "type":"chancery/vault-policy/v1"}
            """
        let agent = try Agent(chancery)
        try policy()
        try chancery.folder.write(Array(rules.utf8), to: "policy")
        #expect(try chancery.run("vault", "policy", "policy").status == 0)
        #expect(try chancery.run("vault", "put", "token", "-", "--kind", "credential", input: Array("secret".utf8)).status == 0)
        #expect(try chancery.run("vault", "grant", "token", "--agent", "clerk").status == 0)
        let asker = """
            import socket, sys
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(sys.argv[1])
                body = sys.argv[4]
                head = [sys.argv[2] + " HTTP/1.1", "Host: localhost", "Connection: close", sys.argv[3]]
                if body: head += ["Content-Type: application/json", "Content-Length: %d" % len(body)]
                connection.sendall(("\\r\\n".join(head) + "\\r\\n\\r\\n" + body).encode())
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
            sys.stdout.write(answer.split(b"\\r\\n\\r\\n", 1)[1].decode())
            """
        try chancery.folder.write(Array(asker.utf8), to: "ask.py")
        func ask(_ request: String, _ header: String = "X-None: 1", _ body: String = "", to file: String) throws {
            let words = [socket, request, header, body].map { "'\($0)'" }.joined(separator: " ")
            #expect(try chancery.run("--version", prelude: "python3 ask.py \(words) > \(file)").status == 0)
        }
        let artifact = "/v1/vault/artifacts/token"
        try ask("POST \(artifact)/presence", "X-None: 1", #"{"agent":"clerk","right":"read"}"#, to: "question")
        let elsewhere = chancery.with(home: "elsewhere")
        let answer = try elsewhere.run("approver", "answer", "question", "--key", "ann.key", "--yes")
        #expect(answer.status == 0 && answer.lines.count == 1, "\(answer)")
        let header = answer.lines.first ?? ""
        for file in ["first", "second"] {
            try ask("GET \(artifact)/content?agent=clerk", "Chancery-Presence: \(header)", to: file)
        }
        #expect(try chancery.folder.read("first") == Array("secret".utf8))
        #expect(String(decoding: try chancery.folder.read("second"), as: UTF8.self).contains("vault.presence_required"))
        // Without a terminal nobody was asked.
        #expect(try elsewhere.run("approver", "answer", "question", "--key", "ann.key").code == "command.usage")
        #expect(agent.process.isRunning)
    }
}
