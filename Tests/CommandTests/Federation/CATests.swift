import Foundation
import TestKit
import Testing

/// Certificates from the command line.
struct CATests {
    private let chancery = CommandProcess()
    private let federation = String(repeating: "ab", count: 32)
    private let did = "did:pqaid:" + String(repeating: "12", count: 32)

    private func makeAuthority() throws {
        let outcome = try chancery.run("ca", "init", "--federation", federation, "--insecure-no-passphrase", "--quiet")
        #expect(outcome.status == 0, "\(outcome)")
    }

    private func mode(_ file: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: "\(chancery.folder.path)/\(file)")[.posixPermissions] as? Int
    }

    private func show(_ arguments: String...) throws -> [String: Any] {
        let outcome = try chancery.run(["ca", "show", "--json"] + arguments)
        return try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome)")
    }

    @Test func `an authority names a node, and whoever has its certificate can tell`() throws {
        try makeAuthority()
        let issued = try chancery.run(
            "ca", "issue", did, "--out", "node", "--host", "127.0.0.1", "--host", "a.example", "--pkcs8")
        #expect(issued.status == 0, "\(issued)")
        let shown = try show("node/node.pem")
        #expect(shown["node"] as? String == "spiffe://\(federation)/node/\(String(repeating: "12", count: 32))")
        #expect(shown["hosts"] as? [String] == ["127.0.0.1", "a.example"])
        #expect(try show()["authority"] as? Bool == true)
        for (file, expected) in [
            ("home/private/ca.key", 0o600), ("node/node.key", 0o600), ("node/node-key.pem", 0o600), ("node/node.pem", 0o644),
        ] {
            #expect(try mode(file) == expected, "\(file)")
        }
    }

    @Test func `nothing is overwritten unless it is renewed`() throws {
        try makeAuthority()
        let before = try chancery.folder.read("home/ca/authority.pem")
        let again = try chancery.run("ca", "init", "--federation", federation, "--insecure-no-passphrase")
        #expect(again.status == 3 && again.code == "node.already_exists", "\(again)")
        #expect(try chancery.folder.read("home/ca/authority.pem") == before)
        #expect(try chancery.run("ca", "issue", did, "--out", "node").status == 0)
        let second = try chancery.run("ca", "issue", did, "--out", "node")
        #expect(second.status == 3 && second.code == "node.already_exists", "\(second)")
        let serial = try show("node/node.pem")["serial"] as? String
        #expect(try chancery.run("ca", "issue", did, "--out", "node", "--renew").status == 0)
        #expect(try show("node/node.pem")["serial"] as? String != serial)
    }

    @Test func `a key that a crash left alone is taken up again`() throws {
        try makeAuthority()
        let key = try show()["key_id"] as? String
        try chancery.folder.remove("home/ca/authority.pem")
        try makeAuthority()
        #expect(try show()["key_id"] as? String == key)
    }

    @Test func `the passphrase of the authority protects the keys that it hands out`() throws {
        try chancery.folder.write(Array("correct horse\n".utf8), to: "passphrase")
        let with = ["--passphrase-file", "passphrase", "--quiet"]
        #expect(try chancery.run(["ca", "init", "--federation", federation] + with).status == 0)
        let locked = try chancery.run("ca", "issue", did, "--out", "node")
        #expect(locked.status == 5 && locked.code == "node.passphrase_required", "\(locked)")
        #expect(try chancery.run(["ca", "issue", did, "--out", "node"] + with).status == 0)
        for file in ["home/private/ca.key", "node/node.key"] {
            #expect(try chancery.folder.read(file).starts(with: Array("CHKF".utf8) + [1, 1]), "\(file)")
        }
    }

    @Test func `certificates of other authorities and other files are refused`() throws {
        try makeAuthority()
        let other = chancery.with(home: "other")
        #expect(
            try other.run("ca", "init", "--federation", federation, "--insecure-no-passphrase", "--quiet").status == 0)
        #expect(try other.run("ca", "issue", did, "--out", "foreign").status == 0)
        let foreign = try chancery.run("ca", "show", "foreign/node.pem")
        #expect(foreign.status == 4 && foreign.code == "transport.certificate_untrusted", "\(foreign)")
        let key = try chancery.run("ca", "show", "foreign/node.key")
        #expect(key.status == 4 && key.code?.hasPrefix("transport.") == true, "\(key)")
    }

    @Test(arguments: [
        ["init", "--federation", "abc"], ["init", "--federation", String(repeating: "AB", count: 32)],
        ["issue", "nobody", "--out", "x"], ["issue", "did:pqaid:12", "--out", "x"],
        ["issue", "did:pqaid:" + String(repeating: "12", count: 32), "--out", "x", "--host", "*.example"],
        ["issue", "did:pqaid:" + String(repeating: "12", count: 32), "--out", "x", "--hours", "745"],
    ])
    func `what makes no sense is a usage error and writes nothing`(arguments: [String]) throws {
        if arguments[0] == "issue" { try makeAuthority() }
        let outcome = try chancery.run(["ca"] + arguments)
        #expect(outcome.status == 2 && outcome.code == "command.usage", "\(outcome)")
        #expect(!FileManager.default.fileExists(atPath: chancery.folder.path + "/x"))
    }
}
