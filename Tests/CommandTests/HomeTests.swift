import Foundation
import GRDB
import TestKit
import Testing

/// Who makes, reads and writes a home.
struct HomeTests {
    private static let readers: [[String]] = [
        ["stats"], ["memory", "stats"], ["search"], ["history", "a"], ["forks"], ["log", "audit"], ["log", "keys"],
        ["log", "prove", "0"], ["agent", "list"], ["agent", "info", "a"], ["identity", "list"], ["identity", "show", "a"],
        ["identity", "export", "a"], ["export", "--agent", "a", "--format", "audit"],
        ["session", "show", String(repeating: "0", count: 32)],
    ]

    private func mode(_ file: String, _ chancery: CommandProcess) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: "\(chancery.folder.path)/\(file)")[.posixPermissions] as? Int
    }

    @Test func `reading a home that is not there makes none`() throws {
        let chancery = CommandProcess(home: "typo")
        for command in Self.readers + [["stamp", "--agent", "a"], ["log", "checkpoint"], ["agent", "retire", "a"]] {
            let outcome = try chancery.run(command)
            #expect(outcome.status == 1 && outcome.code == "node.not_found", "\(command): \(outcome)")
        }
        try chancery.folder.write(Array("{}".utf8), to: "file")
        _ = try chancery.run("verify", "file")
        _ = try chancery.run("verify", "file", prelude: "unset CHANCERY_HOME;")
        #expect(try FileManager.default.contentsOfDirectory(atPath: chancery.folder.path) == ["file"])
    }

    @Test func `reading a home changes no byte of it`() throws {
        let chancery = try CommandProcess.withAgent(3)
        #expect(try chancery.run("log", "checkpoint", "--insecure-no-passphrase").status == 0)
        let files = chancery.folder.files()
        let before = try files.map { try chancery.folder.read($0) }
        for command in Self.readers.dropLast() {
            let outcome = try chancery.run(command)
            #expect(outcome.status == 0, "\(command): \(outcome)")
        }
        #expect(chancery.folder.files() == files)
        #expect(try files.map { try chancery.folder.read($0) } == before)
    }

    @Test(arguments: [false, true])
    func `a home that may only be read is read`(withWAL: Bool) throws {
        let chancery = try CommandProcess.withAgent(3)
        #expect(try chancery.run("log", "checkpoint", "--insecure-no-passphrase").status == 0)
        // A process that was killed leaves its WAL behind.
        let queue = try DatabasePool(path: "\(chancery.folder.path)/home/ledger.sqlite")
        if withWAL { try queue.write { try $0.execute(sql: "UPDATE tree SET generation = generation + 1") } }
        let lock = "chmod -R a+rX . && chmod -R a-w home state;"
        defer { _ = try? chancery.run("stats", prelude: "chmod -R u+w home state;") }
        if !withWAL { try queue.close() }
        for (index, command) in Self.readers.dropLast().enumerated() {
            let outcome = try chancery.run(command, prelude: index == 0 ? lock : "", isNobody: true)
            #expect(outcome.status == 0, "\(command): \(outcome)")
        }
        let stamp = try chancery.run("stamp", "--agent", "a", "--payload", "{}", isNobody: true)
        #expect(stamp.status == 5 && stamp.code == "store.unavailable", "\(stamp)")
        if withWAL { try queue.close() }
    }

    @Test func `what a home holds is its owner's alone`() throws {
        let chancery = CommandProcess()
        let made = try chancery.run("agent", "register", "a", "--role", "r", "--insecure-no-passphrase", prelude: "umask 0;")
        #expect(made.status == 0)
        #expect(try mode("home", chancery) == 0o700 && mode("home/ledger.sqlite", chancery) == 0o600)
        for file in chancery.folder.files(under: "home") { #expect(try mode(file, chancery) == 0o600, "\(file)") }
        let exposed = try chancery.run(
            "stamp", "--agent", "a", "--payload", "{}", prelude: "chmod 640 home/identities/a/keys-0.chkf;")
        #expect(exposed.status == 0 && exposed.error.contains("others may read the private keys"))
    }

    @Test func `a stray file among the identities is none`() throws {
        let chancery = try CommandProcess.withAgent()
        try chancery.folder.write([], to: "home/identities/stray")
        try FileManager.default.createDirectory(
            atPath: "\(chancery.folder.path)/home/identities/empty", withIntermediateDirectories: false)
        let outcome = try chancery.run("identity", "list", "--json")
        #expect(outcome.status == 0 && outcome.output.contains("\"name\":\"a\""), "\(outcome)")
        #expect(!outcome.output.contains("stray") && !outcome.output.contains("empty"))
    }
}
