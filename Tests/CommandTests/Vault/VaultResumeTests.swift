import Foundation
import TestKit
import Testing

/// `chancery vault put --resumable`, killed.
struct VaultResumeTests {
    private let process = CommandProcess()
    private var passphrase: [String] { ["--passphrase-file", process.folder.path + "/passphrase"] }

    private var body: String? {
        process.folder.files(under: "home/vault/drafts").first { $0.hasSuffix("0000.body") }
    }

    @Test func `a put that is killed and starved of disk goes on under the same salt, and ends whole`() throws {
        let folder = process.folder
        try folder.write(Array("correct horse battery".utf8), to: "passphrase")
        let content = (0..<24 << 20).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 11) }
        try folder.write(content, to: "model")
        #expect(try process.run(["vault", "init"] + passphrase).status == 0)
        let put = ["vault", "put", "m", folder.path + "/model", "--resumable", "--quiet"] + passphrase
        // Files of at most so many blocks of 512 bytes: the disk is full in the middle.
        for blocks in [8_000, 20_000] {
            let starved = try process.run(put, prelude: "ulimit -f \(blocks)")
            #expect(starved.code == "store.full", "\(starved.error)")
        }
        let salt = try folder.read(#require(body)).prefix(24)
        let killed = Process()
        killed.executableURL = try CommandProcess.binary()
        killed.arguments = put
        killed.environment = process.environment
        killed.standardOutput = FileHandle.nullDevice
        killed.standardError = FileHandle.nullDevice
        try killed.run()
        usleep(700_000)
        kill(killed.processIdentifier, SIGKILL)
        killed.waitUntilExit()
        // It may have come to its end before.
        if body != nil { #expect(try process.run(put).status == 0) }
        let bodies = folder.files(under: "home/vault/artifacts").filter { $0.hasSuffix("0000.body") }
        #expect(try bodies.count == 1 && folder.read(bodies[0]).prefix(24) == salt)
        #expect(folder.files(under: "home/vault/drafts").filter { !$0.hasSuffix("/.lock") } == [])
        let shown = try process.run(["vault", "show", "m"] + passphrase)
        #expect(shown.status == 0 && shown.output.contains("\(content.count)"))
    }

    @Test func `an interrupted put can be discarded, and options that contradict each other are refused`() throws {
        let folder = process.folder
        try folder.write(Array("correct horse battery".utf8), to: "passphrase")
        try folder.write([UInt8](repeating: 1, count: 4 << 20), to: "model")
        #expect(try process.run(["vault", "init"] + passphrase).status == 0)
        let put = ["vault", "put", "m", folder.path + "/model", "--resumable", "--quiet"] + passphrase
        #expect(try process.run(put, prelude: "ulimit -f 4000").code == "store.full")
        #expect(body != nil)
        // No passphrase, and no room for a single byte: it is on a full disk that one wants this.
        let discarded = try process.run(
            "vault", "put", "m", "--discard", redirection: "> /dev/null 2>&1", prelude: "ulimit -f 0")
        #expect(discarded.status == 0 && body == nil)
        #expect(folder.files(under: "home/vault/drafts").filter { !$0.hasSuffix("/.lock") } == [])
        let again = try process.run("vault", "put", "m", "--discard", "--json")
        #expect(again.status == 0 && again.output.contains("false"))
        #expect(try process.run(["vault", "put", "m"] + passphrase).code == "command.usage")
        #expect(try process.run(put + ["--discard"]).code == "command.usage")
    }
}
