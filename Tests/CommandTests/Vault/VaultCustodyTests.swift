import CustodyKit
import Foundation
import TestKit
import Testing

/// Where the root of a vault lies, from the command line.
struct VaultCustodyTests {
    private static func home() throws -> CommandProcess {
        let chancery = CommandProcess()
        try chancery.folder.write(Array("correct horse battery staple\n".utf8), to: "pass")
        return chancery
    }

    private static func run(_ chancery: CommandProcess, _ arguments: String...) throws -> CommandProcess.Outcome {
        try chancery.run(arguments + ["--passphrase-file", "pass"])
    }

    private static func custody(_ chancery: CommandProcess) throws -> [String: Any] {
        let status = try run(chancery, "vault", "status", "--json")
        let object = try JSONSerialization.jsonObject(with: Data(status.output.utf8)) as? [String: Any]
        return try #require(object?["custody"] as? [String: Any], "\(status)")
    }

    @Test(.enabled(if: SoftwareTPM.isInstalled, "Debian package swtpm"))
    func `a root in a TPM is used while the machine is as it was`() throws {
        let tpm = try SoftwareTPM()
        defer { tpm.stop() }
        let chancery = try Self.home()
        let made = try Self.run(chancery, "vault", "init", "--custody", "tpm", "--tcti", tpm.tcti, "--pcrs", "0,7")
        #expect(made.status == 0 && made.output.contains("PCR 0,7"), "\(made)")
        let custody = try Self.custody(chancery)
        #expect(custody["name"] as? String == "tpm2" && custody["hardware_backed"] as? Bool == false, "\(custody)")
        let rotated = try Self.run(chancery, "keys", "rotate")
        #expect(rotated.status == 0, "\(rotated)")
        // A vault that is there keeps its place.
        let again = try Self.run(chancery, "vault", "init")
        #expect(again.code == "node.already_exists" && again.status == 3, "\(again)")
        #expect(try Self.custody(chancery)["name"] as? String == "tpm2")

        try tpm.extend(pcr: 0)
        let refused = try Self.run(chancery, "keys", "rotate")
        #expect(refused.code == "vault.pcr_mismatch" && refused.status == 5, "\(refused)")
        // No verdict on the passphrase: the next attempt does not wait, and nothing was replaced.
        #expect(try Self.run(chancery, "keys", "rotate").code == "vault.pcr_mismatch")
        tpm.stop()
        #expect(try Self.run(chancery, "keys", "rotate").code == "vault.custody_unavailable")
        #expect(try Self.run(chancery, "vault", "status").status == 0)
    }

    @Test(.enabled(if: SoftwareToken.isInstalled, "Debian package softhsm2"))
    func `a root in a token is used with its PIN`() throws {
        let token = try SoftwareToken(["vault"])
        defer { withExtendedLifetime(token) {} }
        let chancery = try Self.home()
        try chancery.folder.write(Array("\(SoftwareToken.pin)\n".utf8), to: "pin")
        let module = try #require(SoftwareToken.module)
        let made = try chancery.run(
            "vault", "init", "--custody", "pkcs11", "--module", module, "--token", "vault", "--pin-file", "pin",
            "--passphrase-file", "pass", prelude: token.setting)
        #expect(made.status == 0 && made.output.contains("PKCS #11"), "\(made)")
        let custody = try Self.custody(chancery)
        #expect(custody["name"] as? String == "pkcs11" && custody["claimed"] as? Bool == true, "\(custody)")
        #expect(try chancery.run("keys", "rotate", "--passphrase-file", "pass", prelude: token.setting).status == 0)
        try chancery.folder.write(Array("27182819\n".utf8), to: "pin")
        let wrong = try chancery.run("keys", "rotate", "--passphrase-file", "pass", prelude: token.setting)
        #expect(wrong.code == "vault.wrong_secret" && wrong.status == 5, "\(wrong)")
    }

    @Test(.enabled(if: SoftwareTPM.isInstalled, "Debian package swtpm"))
    func `keys of an identity open with a passphrase that a TPM alone gives`() throws {
        let tpm = try SoftwareTPM()
        defer { tpm.stop() }
        let chancery = try Self.home()
        let sealed = try chancery.run("identity", "seal-passphrase", "kept", "--custody", "tpm", "--tcti", tpm.tcti)
        #expect(sealed.status == 0 && sealed.output.contains("without a passphrase"), "\(sealed)")
        #expect(try chancery.run("identity", "create", "a", "--passphrase-custody", "kept").status == 0)
        #expect(try chancery.run("identity", "rotate", "a", "--passphrase-custody", "kept").status == 0)
        #expect(try Self.run(chancery, "identity", "rotate", "a").code == "ledger.wrong_passphrase")
        // A second identity goes over to it.
        #expect(try Self.run(chancery, "identity", "create", "b").status == 0)
        #expect(try Self.run(chancery, "identity", "protect", "b", "--new-passphrase-custody", "kept").status == 0)
        #expect(try chancery.run("identity", "rotate", "b", "--passphrase-custody", "kept").status == 0)
        // Never over a file that is there.
        let again = try chancery.run("identity", "seal-passphrase", "kept", "--custody", "tpm", "--tcti", tpm.tcti)
        #expect(again.code == "node.already_exists", "\(again)")
        #expect(try chancery.run("identity", "seal-passphrase", "other").status == 2)
        try tpm.extend(pcr: 7)
        let refused = try chancery.run("identity", "rotate", "a", "--passphrase-custody", "kept")
        #expect(refused.code == "vault.pcr_mismatch" && refused.status == 5, "\(refused)")
        try chancery.folder.write(Array("{}".utf8), to: "kept")
        let broken = try chancery.run("identity", "rotate", "a", "--passphrase-custody", "kept")
        #expect(broken.code == "vault.custody_malformed" && broken.status == 4, "\(broken)")
    }

    @Test(arguments: [
        ["--tcti", "device:/dev/tpmrm0"], ["--custody", "passphrase", "--pcrs", "7"],
        ["--custody", "tpm", "--module", "/m.so"],
        ["--custody", "pkcs11", "--module", "/m.so"], ["--custody", "pkcs11", "--token", "t"], ["--custody", "paper"],
        ["--custody", "pkcs11", "--module", "m.so", "--token", "t"], ["--custody", "tpm", "--pcrs", "24"],
        ["--custody", "tpm", "--tcti", "/dev/tpm0"],
    ])
    func `options that do not fit are refused before anything is made`(options: [String]) throws {
        let chancery = try Self.home()
        let outcome = try chancery.run(["vault", "init", "--passphrase-file", "pass"] + options)
        #expect(outcome.status == 2, "\(outcome)")
        #expect(chancery.folder.files() == ["pass"])
    }

    @Test(arguments: [
        #"{"custody":"tpm","pcrs":"24","tcti":"device:/dev/tpmrm0","type":"chancery/vault-custody/v1"}"#,
        #"{"custody":"tpm","pcrs":"7","tcti":"device:/dev/tpmrm0","type":"chancery/vault-custody/v2"}"#,
        #"{"custody":"pkcs11","module":"m.so","token":"t","type":"chancery/vault-custody/v1"}"#,
        #"{"custody":"passphrase","more":1,"type":"chancery/vault-custody/v1"}"#, "{}", "", "[[[[[[",
    ])
    func `a file of custody that is not in order is refused`(text: String) throws {
        let chancery = try Self.home()
        #expect(try Self.run(chancery, "vault", "init").status == 0)
        #expect(try Self.custody(chancery)["name"] as? String == "passphrase-file")
        try chancery.folder.write(Array(text.utf8), to: "home/vault/custody.json")
        let outcome = try Self.run(chancery, "keys", "rotate")
        #expect(outcome.code == "vault.custody_malformed" && outcome.status == 4, "\(outcome)")
    }
}
