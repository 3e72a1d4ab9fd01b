import ChanceryWire
import Foundation
import TestKit
import Testing

/// A file goes from one home to another without a vault.
struct ParcelCommandTests {
    private static let open = "--insecure-no-passphrase"
    private let sender: CommandProcess
    private let reader: CommandProcess

    init() throws {
        sender = try CommandProcess.withAgent()
        reader = sender.with(home: "reader")
        for command in [["identity", "create", "r", Self.open], ["identity", "export", "r", "--out", "r.json"]] {
            let done = try reader.run(command)
            #expect(done.status == 0, "\(done)")
        }
        #expect(try sender.run("identity", "export", "a", "--out", "a.json").status == 0)
        try sender.folder.write([UInt8](repeating: 65, count: 40_000), to: "f")
    }

    private func seal(_ arguments: String...) throws -> CommandProcess.Outcome {
        try sender.run(["seal", "f", "--identity", "a", "--to", "r.json"] + arguments)
    }

    @Test func `what is sealed is opened elsewhere, and its sender is verified where one is named`() throws {
        let sealed = try seal("--json")
        #expect(sealed.status == 0, "\(sealed)")
        let did = try JSONParser.parse(Array(sealed.output.utf8))["from"]?.string ?? ""
        for (from, status, code) in [
            ([], Int32(0), nil), (["--from", "a.json"], 0, nil), (["--from", "r.json"], 4, "vault.parcel_sender"),
            (["--from", did], 1, "node.not_found"),
        ] as [([String], Int32, String?)] {
            let opened = try reader.run(["open", "f.sealed", "--identity", "r", "--out", "g", "--json"] + from)
            #expect(opened.status == status && opened.code == code, "\(from): \(opened)")
            guard status == 0 else { continue }
            let answer = try JSONParser.parse(Array(opened.output.utf8))
            #expect(answer["verified"]?.bool == !from.isEmpty && answer["from"]?.string == did)
            #expect(try reader.folder.read("g") == sender.folder.read("f"))
            try reader.folder.remove("g")
        }
        #expect(try reader.run("identity", "import", "a.json").status == 0)
        #expect(try reader.run("open", "f.sealed", "--identity", "r", "--out", "g", "--from", did).status == 0)
    }

    @Test func `who is no recipient, or opens what was damaged, gets no file and leaves a record`() throws {
        #expect(try seal().status == 0)
        let mine = try sender.run("open", "f.sealed", "--identity", "a", "--out", "g")
        #expect(mine.status == 3 && mine.code == "vault.no_recipient", "\(mine)")
        #expect(try sender.count("chancery/refusal/v1") == 1)
        let bytes = try sender.folder.read("f.sealed")
        for (name, damaged, code) in [
            ("flipped", bytes.dropLast() + [bytes[bytes.count - 1] ^ 1], "vault.body_altered"),
            ("cut", Array(bytes.dropLast()), "vault.body_length"), ("longer", bytes + [0], "vault.body_length"),
            ("other", Array("hello".utf8), "vault.parcel_malformed"),
        ] {
            try sender.folder.write(Array(damaged), to: name)
            let outcome = try reader.run("open", name, "--identity", "r", "--out", "g")
            #expect(outcome.status == 4 && outcome.code == code, "\(name): \(outcome)")
            #expect(outcome.output.isEmpty)
        }
        #expect(try reader.count("chancery/refusal/v1") == 4)
        #expect(!sender.folder.files().contains { $0 == "g" || $0.hasSuffix(".tmp") })
    }

    @Test func `mistakes are said before anything is written`() throws {
        for (arguments, status) in [
            (["seal", "f", "--identity", "a"], Int32(2)), (["seal", "none", "--identity", "a", "--to", "r.json"], 1),
            (["seal", "f", "--identity", "a", "--recipient", "nobody"], 1), (["open", "f", "--identity", "a"], 2),
        ] {
            let outcome = try sender.run(arguments)
            #expect(outcome.status == status, "\(arguments): \(outcome)")
        }
        #expect(try seal().status == 0)
        let again = try seal()
        #expect(again.status == 3 && again.code == "node.already_exists", "\(again)")
    }
}
