import ChancerySuite
import ChanceryVault
import TestKit
import Testing

/// What every place of custody promises. `make` gives a place; `other` one of the same kind that holds another secret.
struct CustodyContract {
    let make: () throws -> any CustodyBackend
    let other: () throws -> any CustodyBackend

    func check() throws {
        let backend = try make()
        let label = try CustodyLabel("vault/root")
        for size in [1, 32, 64, SealedSecret.maximumSecretBytes] {
            let secret = Sample.secret(size, size)
            let sealed = try backend.seal(secret, label: label)
            #expect(sealed.label == label && sealed.backend == backend.capabilities.name)
            let read = try SealedSecret(sealed.bytes)
            #expect(read == sealed)
            #expect(try backend.unseal(read, label: label).copyForExport() == Sample.bytes(size, size))
            // Nothing of the secret is to be seen.
            #expect(size < 32 || !contains(sealed.bytes, Array(Sample.bytes(size, size).prefix(8))))
        }
        let sealed = try backend.seal(Sample.secret(1), label: label)
        #expect(try backend.seal(Sample.secret(1), label: label).payload != sealed.payload)
        try refusals(backend, sealed, label)
        #expect(code { _ = try backend.seal(Sample.secret(1, 4097), label: label) } == "vault.custody_malformed")
    }

    private func refusals(_ backend: any CustodyBackend, _ sealed: SealedSecret, _ label: CustodyLabel) throws {
        let wrong = "vault.wrong_secret"
        #expect(code { _ = try other().unseal(sealed, label: label) } == wrong)
        let second = try CustodyLabel("vault/other")
        #expect(code { _ = try backend.unseal(sealed, label: second) } == wrong)
        // Relabelled outside the sealed part.
        let relabelled = try SealedSecret(backend: sealed.backend, label: second, payload: sealed.payload)
        #expect(code { _ = try backend.unseal(relabelled, label: second) } == wrong)
        let foreign = try SealedSecret(backend: CustodyLabel("elsewhere"), label: label, payload: sealed.payload)
        #expect(code { _ = try backend.unseal(foreign, label: label) } == wrong)
        for index in sealed.payload.indices {
            let damaged = try SealedSecret(
                backend: sealed.backend, label: label, payload: sealed.payload.flipping(index, UInt8(index % 8)))
            let found = code { _ = try backend.unseal(damaged, label: label) }
            #expect(found == wrong || found == "vault.custody_malformed", "byte \(index)")
        }
        for length in 1..<sealed.payload.count {
            let cut = try SealedSecret(
                backend: sealed.backend, label: label, payload: Array(sealed.payload[..<length]))
            let found = code { _ = try backend.unseal(cut, label: label) }
            #expect(found == wrong || found == "vault.custody_malformed", "\(length) bytes")
        }
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: part) }
    }
}
