import ChanceryWire
import Foundation
import TestKit
import Testing

/// Attestations on the command line, and what the vault refuses there and puts on record.
struct VaultAttestCommandTests {
    private static let challenge = String(repeating: "5a", count: 32)
    private let chancery: CommandProcess

    init() throws {
        chancery = try CommandProcess.withAgent()
        try chancery.folder.write(Array("one\n".utf8), to: "pass")
        try chancery.folder.write([1, 2, 3], to: "f")
        try #require(vault("init").status == 0)
        try #require(vault("put", "model", "f").status == 0)
    }

    private func vault(_ arguments: String...) throws -> CommandProcess.Outcome {
        try chancery.run(["vault"] + arguments + ["--passphrase-file", "pass"])
    }

    /// A verifier without a home.
    private func verify(_ challenge: String = challenge, _ arguments: String...) throws -> CommandProcess.Outcome {
        try chancery.with(home: "none").run(
            ["vault", "verify-attestation", "att", "--challenge", challenge, "--trust", "trust", "--json"] + arguments)
    }

    @Test func `a statement counts for whoever enrolled the vault, once, and in time`() throws {
        #expect(try vault("device", "--out", "trust").status == 0)
        let made = try vault("attest", "model", "--challenge", Self.challenge, "--lifetime", "1h", "--out", "att", "--json")
        #expect(made.status == 0, "\(made)")
        let verified = try verify()
        #expect(verified.status == 0, "\(verified)")
        let answer = try JSONParser.parse(Array(verified.output.utf8))
        #expect(answer["assurance"] == "software" && answer["keys"]?.array?.count == 1)
        let root = try #require(answer["vault_root"]?.string)
        #expect(try verify(Self.challenge, "--root", root).status == 0)
        for (outcome, code) in [
            (try verify(String(repeating: "00", count: 32)), "vault.attestation_stale"),
            (try verify(Self.challenge, "--root", String(repeating: "00", count: 32)), "vault.attestation_root"),
        ] {
            #expect(outcome.status == 3 && outcome.code == code, "\(outcome)")
        }
        // The home's own vault needs no list.
        #expect(try vault("verify-attestation", "att", "--challenge", Self.challenge).status == 0)
        try chancery.folder.write(Array(#"{"devices":[],"type":"chancery/vault-trust/v1"}"#.utf8), to: "trust")
        let stranger = try verify()
        #expect(stranger.status == 3 && stranger.code == "vault.attestation_untrusted", "\(stranger)")
        try chancery.folder.write(Array(String(repeating: "5a", count: 32).utf8), to: "challenge")
        #expect(try vault("attest", "model", "--challenge-file", "challenge").status == 0)
        for bad in ["5a", "zz"] { #expect(try vault("attest", "model", "--challenge", bad).status == 2) }
    }

    @Test func `an attestation of the package is shown, labelled and refused`() throws {
        let seed = """
            {"device_id":"d","device_model":"m","enclave_vendor":"v","artifact_id":"urn:pqc-enclave-art:x",\
            "artifact_content_hash":"\(String(repeating: "0", count: 64))","issued_at":"2026-01-01T00:00:00+00:00",\
            "signer_did":"did:pqaid:x","algorithm":"ML-DSA-65","signature":"00","public_key":"00"}
            """
        try chancery.folder.write(Array(seed.utf8), to: "att")
        try chancery.folder.write(Array(#"{"devices":[],"type":"chancery/vault-trust/v1"}"#.utf8), to: "trust")
        let shown = try verify()
        let answer = try JSONParser.parse(Array(shown.output.utf8))
        #expect(shown.status == 3 && answer["profile"] == "pqaid-v0" && answer["accepted"] == false, "\(shown)")
    }

    @Test func `who asks for what is not there leaves one record, in the vault's chain`() throws {
        #expect(try chancery.run("agent", "register", "r", "--role", "r", "--insecure-no-passphrase").status == 0)
        #expect(try chancery.run("agent", "retire", "r").status == 0)
        for (arguments, status) in [
            (["cat", "nothing", "--agent", "a"], Int32(1)), (["cat", "model", "--agent", "nobody"], 1),
            (["get", "model", "--agent", "r", "--out", "folder"], 3), (["grant", "nothing", "--agent", "a"], 1),
        ] {
            let before = try chancery.run("search", "--type", "vault_refused", "--all", "--json").lines.count
            let outcome = try chancery.run(["vault"] + arguments + ["--passphrase-file", "pass"])
            #expect(outcome.status == status, "\(arguments): \(outcome)")
            let after = try chancery.run("search", "--type", "vault_refused", "--all", "--json").lines.count
            #expect(after == before + 1, "\(arguments)")
        }
        #expect(try chancery.count("chancery/refusal/v1") == 0)
        #expect(try vault("delete", "model", "--keep-root").status == 0)
        let history = try vault("versions", "model", "--json")
        #expect(history.status == 0 && history.output.contains("unlinked"), "\(history)")
        #expect(try vault("show", "model").code == "vault.unknown_artifact")
    }

    @Test func `links and names that are not UTF-8 are named`() throws {
        let folder = URL(fileURLWithPath: chancery.folder.path)
        try FileManager.default.createDirectory(at: folder.appendingPathComponent("d"), withIntermediateDirectories: true)
        try chancery.folder.write([1], to: "d/a")
        try FileManager.default.createSymbolicLink(
            at: folder.appendingPathComponent("link"), withDestinationURL: folder.appendingPathComponent("d"))
        let link = try vault("put", "m2", "link")
        #expect(link.status == 2 && link.error.contains("link"), "\(link)")
        let descriptor = unsafe Foundation.open(chancery.folder.path + "/d/", O_RDONLY)
        defer { close(descriptor) }
        let name: [CChar] = [CChar(bitPattern: 0xff), 0x62, 0]
        let file = unsafe openat(descriptor, name, O_CREAT | O_WRONLY, 0o600)
        #expect(file >= 0)
        close(file)
        let broken = try vault("put", "m3", "d")
        #expect(broken.status == 2 && broken.error.contains("UTF-8"), "\(broken)")
    }
}
