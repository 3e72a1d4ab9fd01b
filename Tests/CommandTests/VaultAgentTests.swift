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

    private func policy() throws {
        let policy = """
            {"rules":[{"bundles":["clerk"],"kind":"credential","limit":null,"presence":false,"rights":["export","read"]}],\
            "type":"chancery/vault-policy/v1"}
            """
        try chancery.folder.write(Array(policy.utf8), to: "policy")
        let insecure = "--insecure-no-passphrase"
        #expect(try chancery.run("identity", "create", "clerk", insecure).status == 0)
        #expect(try chancery.run("agent", "register", "clerk", "--role", "worker").status == 0)
        #expect(try chancery.run("vault", "policy", "policy").status == 0)
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
        #expect(try chancery.run("vault", "lock").code == "node.not_found")
        let next = try Agent(chancery, ["--locked"])
        #expect(try chancery.run("vault", "status").output.contains("closed"))
        #expect(next.process.isRunning)
    }

    @Test func `a wrong passphrase of a command waits like any other, and is on record with the next right one`() throws {
        let wrong = try chancery.run("vault", "list", "--passphrase-file", "wrong")
        #expect(wrong.code == "vault.wrong_secret" && wrong.status == 5, "\(wrong)")
        let started = Date()
        // Its success shows that the identity opens, not the root: the record comes with an unlock.
        #expect(try chancery.run("vault", "list", "--passphrase-file", "passphrase").status == 0)
        #expect(Date().timeIntervalSince(started) >= 1)
        try chancery.folder.write([1, 2, 3], to: "file")
        #expect(try chancery.run("vault", "put", "file", "file", "--passphrase-file", "passphrase").status == 0)
        let found = try chancery.run("search", "--type", "vault_refused", "--json")
        #expect(found.output.contains("vault.wrong_secret") && found.output.contains("given 1 times"), "\(found)")
    }
}
