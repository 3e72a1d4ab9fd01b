import ChancerySuite
import ChanceryTPM
import ChanceryVault
import CustodyKit
import Testing

/// Sealing in a TPM, with `swtpm` in the place of the chip.
@Suite(.enabled(if: SoftwareTPM.isInstalled, "Debian package swtpm"))
struct TPMBackendTests {
    private static func backend(_ tpm: SoftwareTPM, pcrs: String = "7", _ passphrase: String? = nil) throws -> TPMBackend {
        let cost = try ScryptParameters(logN: 10, blockSize: 1, parallelism: 1)
        let (address, selection) = (try TPMAddress(tpm.tcti), try PCRSelection(pcrs))
        guard let passphrase else { return TPMBackend(address, pcrs: selection, parameters: cost) }
        return TPMBackend(address, pcrs: selection, passphrase: secret(passphrase), parameters: cost)
    }

    private static func secret(_ text: String) -> SecretBytes {
        var bytes = Array(text.utf8)
        return SecretBytes(erasing: &bytes)
    }

    @Test func `a TPM keeps the contract, and another TPM opens nothing of it`() throws {
        let (tpm, second) = (try SoftwareTPM(), try SoftwareTPM())
        defer { for each in [tpm, second] { each.stop() } }
        try CustodyContract(make: { try Self.backend(tpm) }, other: { try Self.backend(second) }).check()
    }

    @Test func `a TPM with a passphrase opens with both alone, and tells too many wrong ones apart`() throws {
        let tpm = try SoftwareTPM()
        defer { tpm.stop() }
        let label = try CustodyLabel("vault/root")
        let right = try Self.backend(tpm, "correct horse")
        let sealed = try right.seal(Self.secret("the root"), label: label)
        #expect(try right.unseal(sealed, label: label).copyForExport() == Array("the root".utf8))
        #expect(CustodyContract.code { _ = try Self.backend(tpm).unseal(sealed, label: label) } == "vault.wrong_secret")
        var codes: [String] = []
        for _ in 0..<5 {
            codes.append(CustodyContract.code { _ = try Self.backend(tpm, "correct horsf").unseal(sealed, label: label) })
        }
        #expect(codes.first == "vault.wrong_secret" && codes.last == "vault.custody_locked_out", "\(codes)")
        #expect(CustodyContract.code { _ = try right.unseal(sealed, label: label) } == "vault.custody_locked_out")
    }

    @Test func `another TPM opens nothing with the right passphrase, nor does a passphrase open what has none`() throws {
        let tpm = try SoftwareTPM()
        defer { tpm.stop() }
        let label = try CustodyLabel("vault/root")
        let sealed = try Self.backend(tpm, "correct horse").seal(Self.secret("the root"), label: label)
        let other = try SoftwareTPM()
        defer { other.stop() }
        #expect(
            CustodyContract.code { _ = try Self.backend(other, "correct horse").unseal(sealed, label: label) }
                == "vault.wrong_secret")
        // A TPM with a passphrase does not take what was sealed without one.
        let open = try Self.backend(tpm).seal(Self.secret("the root"), label: label)
        #expect(
            CustodyContract.code { _ = try Self.backend(tpm, "correct horse").unseal(open, label: label) }
                == "vault.wrong_secret")
    }

    @Test(arguments: [nil, "correct horse"])
    func `a machine that was started otherwise opens nothing`(passphrase: String?) throws {
        let tpm = try SoftwareTPM()
        defer { tpm.stop() }
        let label = try CustodyLabel("vault/root")
        let (both, seven) = (try Self.backend(tpm, pcrs: "0,7", passphrase), try Self.backend(tpm, pcrs: "7", passphrase))
        let (bound, other) = try (
            both.seal(Self.secret("the root"), label: label), seven.seal(Self.secret("the root"), label: label)
        )
        #expect(CustodyContract.code { _ = try both.unseal(bound, label: label) } == "accepted")
        try tpm.extend(pcr: 0)
        #expect(CustodyContract.code { _ = try both.unseal(bound, label: label) } == "vault.pcr_mismatch")
        // What names its registers is read by them, whatever the place seals to now.
        #expect(CustodyContract.code { _ = try both.unseal(other, label: label) } == "accepted")
        let again = try both.seal(Self.secret("the root"), label: label)
        #expect(CustodyContract.code { _ = try both.unseal(again, label: label) } == "accepted")
        // Registers that are stated otherwise than the chip's policy has them: refused before the chip is asked.
        var stated = bound.payload
        stated[1] ^= 1
        let forged = try SealedSecret(backend: bound.backend, label: label, payload: stated)
        #expect(CustodyContract.code { _ = try both.unseal(forged, label: label) } == "vault.custody_malformed")
    }

    @Test func `many uses leave no room taken in the TPM`() throws {
        let tpm = try SoftwareTPM()
        defer { tpm.stop() }
        let (backend, label) = (try Self.backend(tpm), try CustodyLabel("vault/root"))
        for _ in 0..<20 {
            let sealed = try backend.seal(Self.secret("the root"), label: label)
            try tpm.extend(pcr: 7)
            #expect(CustodyContract.code { _ = try backend.unseal(sealed, label: label) } == "vault.pcr_mismatch")
        }
    }

    @Test func `whatever the bus changes, nothing traps and nothing else opens`() throws {
        let tpm = try SoftwareTPM()
        let bus = try AlteringBus(before: tpm)
        defer {
            bus.stop()
            tpm.stop()
        }
        let label = try CustodyLabel("vault/root")
        let sealed = try Self.backend(tpm).seal(Self.secret("the root"), label: label)
        let backend = TPMBackend(try TPMAddress(bus.tcti))
        func open() throws -> Bool { try backend.unseal(sealed, label: label).copyForExport() == Array("the root".utf8) }
        let lengths = bus.lengths { #expect(CustodyContract.code { _ = try open() } == "accepted") }
        var refused = 0
        for (answer, length) in lengths.enumerated() {
            for byte in stride(from: 0, to: length, by: length > 100 ? 7 : 1) {
                let found = bus.altering(.init(answer: answer, byte: byte)) {
                    CustodyContract.code { if try !open() { throw CustodyContract.Broken(description: "another secret") } }
                }
                // A bit that nobody reads may change; the answer that carries the key proves every one of its bytes.
                #expect(found == "accepted" || found.hasPrefix("vault."), "answer \(answer), byte \(byte): \(found)")
                if found != "accepted" { refused += 1 }
                if answer == Self.unsealAnswer, byte >= 10 {
                    #expect(found != "accepted", "byte \(byte) of the answer to unseal")
                }
            }
        }
        #expect(refused > 100)
    }

    /// After the primary, two sessions, loading and the policy.
    private static let unsealAnswer = 5

    @Test func `nobody there is no verdict on the secret`() throws {
        let tpm = try SoftwareTPM()
        defer { tpm.stop() }
        let (backend, label) = (try Self.backend(tpm), try CustodyLabel("vault/root"))
        let sealed = try backend.seal(Self.secret("the root"), label: label)
        tpm.stop()
        #expect(CustodyContract.code { _ = try backend.unseal(sealed, label: label) } == "vault.custody_unavailable")
    }

    @Test(arguments: [
        "", "device:", "device:tpm", "swtpm:", "swtpm:port=1", "swtpm:host=a", "swtpm:host=a,port=0", "swtpm:host=a,port=65536",
        "swtpm:path=/a,path=/b", "swtpm:path=/a,port=1", "mssim:host=a,port=1", "device:/" + String(repeating: "a", count: 100),
    ])
    func `an address that is no TPM is refused`(text: String) {
        #expect(CustodyContract.code { _ = try TPMAddress(text) } == "vault.custody_malformed")
    }

    @Test(arguments: ["", "24", "-1", "7,7", "7,", "a", "0 7"])
    func `a selection names different registers from 0 to 23`(text: String) {
        #expect(CustodyContract.code { _ = try PCRSelection(text) } == "vault.custody_malformed")
    }

    @Test func `capabilities tell the truth`() throws {
        let chip = TPMBackend().capabilities
        #expect(chip.isHardwareBacked && !chip.isExtractable && chip.attestation == .none && chip.protectsAtRest)
        #expect(chip.summary.contains("without a passphrase") && chip.summary.contains("PCR 7"))
        let program = try TPMBackend(TPMAddress("swtpm:path=/none"), passphrase: Self.secret("p")).capabilities
        #expect(!program.isHardwareBacked && program.summary.contains("software"))
    }
}
