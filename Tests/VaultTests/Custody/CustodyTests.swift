import ChancerySuite
import ChanceryVault
import ChanceryWire
import CustodyKit
import TestKit
import Testing

/// The places of custody that need no device.
struct CustodyTests {
    private static func passphrase(_ text: String) throws -> PassphraseBackend {
        var bytes = Array(text.utf8)
        return PassphraseBackend(
            SecretBytes(erasing: &bytes), parameters: try ScryptParameters(logN: 10, blockSize: 1, parallelism: 1))
    }

    @Test func `memory keeps the contract`() throws {
        try CustodyContract(make: { MemoryBackend() }, other: { MemoryBackend() }).check()
    }

    @Test func `a passphrase keeps the contract`() throws {
        try CustodyContract(
            make: { try Self.passphrase("correct horse") }, other: { try Self.passphrase("correct horse ") }
        ).check()
    }

    @Test func `a provider behind C functions keeps the contract`() throws {
        try CustodyContract(make: { SampleProvider.backend(7) }, other: { SampleProvider.backend(8) }).check()
    }

    @Test func `the same passphrase opens in another process, at whatever cost the file states`() throws {
        let label = try CustodyLabel("vault/root")
        let sealed = try Self.passphrase("correct horse").seal(Sample.secret(1), label: label)
        #expect(try Self.passphrase("correct horse").unseal(sealed, label: label).copyForExport() == Sample.bytes(1))
        var same = Array("correct horse".utf8)
        #expect(
            try PassphraseBackend(SecretBytes(erasing: &same)).unseal(sealed, label: label).copyForExport() == Sample.bytes(1))
    }

    @Test func `what another implementation sealed from the page opens`() throws {
        let test = try #require(VaultVectors.document("keys.json", in: "vault")["sealed_secret"])
        let sealed = try SealedSecret(Hex.decode(#require(test["sealed"]?.string)))
        let backend = try Self.passphrase(#require(test["passphrase"]?.string))
        let label = try CustodyLabel(#require(test["label"]?.string))
        #expect(try backend.unseal(sealed, label: label).copyForExport() == Hex.decode(#require(test["secret"]?.string)))
    }

    @Test func `scrypt beyond the bounds is refused before any work`() throws {
        let label = try CustodyLabel("vault/root")
        let backend = try Self.passphrase("p")
        let payload = try backend.seal(Sample.secret(1), label: label).payload
        for header in [[31, 8, 1], [20, 64, 64], [9, 8, 1], [17, 0, 1], [255, 255, 255]] as [[UInt8]] {
            let greedy = try SealedSecret(
                backend: backend.capabilities.name, label: label, payload: header + payload.dropFirst(3))
            let clock = ContinuousClock()
            let time = clock.measure {
                #expect(code { _ = try backend.unseal(greedy, label: label) } == "vault.custody_malformed", "\(header)")
            }
            #expect(time < .milliseconds(500))
        }
    }

    @Test func `capabilities tell the truth`() throws {
        let memory = MemoryBackend().capabilities
        #expect(memory.placement == .process && !memory.protectsAtRest && memory.isExtractable && !memory.isHardwareBacked)
        let passphrase = try Self.passphrase("p").capabilities
        #expect(passphrase.protectsAtRest && !passphrase.isHardwareBacked && !passphrase.isClaimed)
        // What a provider says of itself is its claim, whatever it says.
        #expect(SampleProvider.backend(1).capabilities.isClaimed)
        #expect(memory.json["placement"] == "process" && memory.json["hardware_backed"] == false)
    }

    @Test(arguments: ["", "A", "a b", "ä", "a\n", String(repeating: "a", count: 65)])
    func `a label is short and plain`(text: String) {
        #expect(code { _ = try CustodyLabel(text) } == "vault.custody_malformed")
    }

    @Test func `every cut of a sealed secret is refused, and so is what follows it`() throws {
        let sealed = try MemoryBackend().seal(Sample.secret(1), label: CustodyLabel("a"))
        let bytes = sealed.bytes
        for length in 0..<bytes.count {
            #expect(code { _ = try SealedSecret(Array(bytes[..<length])) } == "vault.custody_malformed", "\(length)")
        }
        #expect(code { _ = try SealedSecret(bytes + [0]) } == "vault.custody_malformed")
        for byte in [UInt8(0), 1, 255] {
            var greedy = bytes
            for index in 5..<bytes.count {
                greedy[index] = byte
                #expect((try? SealedSecret(greedy)) != sealed || greedy == bytes)
            }
        }
    }

    @Test(arguments: [
        (CustodyCode.wrongSecret, 32, "vault.wrong_secret"), (CustodyCode.unavailable, 32, "vault.custody_unavailable"),
        (7, 32, "vault.custody_failed"), (-1, 32, "vault.custody_failed"), (0, 0, "vault.custody_failed"),
        (0, -1, "vault.custody_failed"), (0, .max, "vault.custody_failed"), (0, .min, "vault.custody_failed"),
        (0, 4097, "vault.custody_failed"),
    ])
    func `whatever a provider answers, nothing traps`(answer: Int32, count: Int, expected: String) throws {
        let backend = HostileProvider.backend(answer, count)
        let sealed = try SealedSecret(backend: backend.capabilities.name, label: CustodyLabel("a"), payload: [1])
        #expect(code { _ = try backend.unseal(sealed, label: CustodyLabel("a")) } == expected)
        if count != 4097 { #expect(code { _ = try backend.seal(Sample.secret(1), label: CustodyLabel("a")) } == expected) }
    }
}
