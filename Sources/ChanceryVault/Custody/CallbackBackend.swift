public import ChancerySuite

/// Custody by a provider behind a table of C functions: the shape for StrongBox, QSEE and what others bring.
///
/// Nothing that a provider answers traps: lengths beyond the buffer, unknown codes and empty answers are errors. The
/// label goes along with each call, and ours is in the sealed form too; the provider's form is its own affair.
@safe
public final class CallbackBackend: CustodyBackend {
    private let table: CustodyCallbacks
    public let capabilities: CustodyCapabilities

    /// - Parameter capabilities: what the provider says of itself; marked as its claim.
    public init(_ table: CustodyCallbacks, capabilities: CustodyCapabilities) {
        unsafe self.table = table
        self.capabilities = CustodyCapabilities(
            name: capabilities.name, summary: capabilities.summary, placement: capabilities.placement,
            isHardwareBacked: capabilities.isHardwareBacked, isExtractable: capabilities.isExtractable,
            attestation: capabilities.attestation, isPostQuantumNative: capabilities.isPostQuantumNative, isClaimed: true)
    }

    public func seal(_ secret: borrowing SecretBytes, label: CustodyLabel) throws(VaultError) -> SealedSecret {
        guard secret.count <= SealedSecret.maximumSecretBytes else {
            throw VaultError(.custodyMalformed, "a secret has at most \(SealedSecret.maximumSecretBytes) bytes")
        }
        let name = Array(label.text.utf8)
        var output = [UInt8](repeating: 0, count: SealedSecret.maximumPayloadBytes)
        var count = 0
        let code = unsafe secret.withBytes { bytes in
            unsafe table.seal(
                table.context, name, name.count, bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count, &output,
                output.count, &count)
        }
        try check(code, count, output.count)
        return try SealedSecret(backend: capabilities.name, label: label, payload: Array(output[..<count]))
    }

    public func unseal(_ sealed: SealedSecret, label: CustodyLabel) throws(VaultError) -> SecretBytes {
        try sealed.check(capabilities, label)
        let name = Array(label.text.utf8)
        var output = [UInt8](repeating: 0, count: SealedSecret.maximumSecretBytes)
        defer { SecretBytes.erase(&output) }
        var count = 0
        let code = unsafe table.unseal(
            table.context, name, name.count, sealed.payload, sealed.payload.count, &output, output.count, &count)
        try check(code, count, output.count)
        var secret = Array(output[..<count])
        return SecretBytes(erasing: &secret)
    }

    /// Has the provider ask the person who is there about `challenge`.
    ///
    /// - Throws: `vault.custody_unavailable` when the provider has no such function or nobody answers,
    ///   `vault.wrong_secret` when the person declines.
    public func confirm(_ challenge: PresenceChallenge) throws(VaultError) -> DeviceConfirmation {
        guard let confirm = unsafe table.confirm else {
            throw VaultError(.custodyUnavailable, "the provider `\(capabilities.name)` asks nobody")
        }
        let (name, question) = (Array(capabilities.name.text.utf8), challenge.bytes)
        var (output, count): ([UInt8], Int) = ([0], 0)
        let code = unsafe confirm(
            table.context, name, name.count, question, question.count, &output, output.count, &count)
        try check(code, 1, 1)
        return DeviceConfirmation(backend: capabilities.name, challenge: challenge)
    }

    private func check(_ code: Int32, _ count: Int, _ capacity: Int) throws(VaultError) {
        switch code {
        case CustodyCode.succeeded: break
        case CustodyCode.wrongSecret:
            throw VaultError(.wrongSecret, "the provider `\(capabilities.name)` refuses the secret")
        case CustodyCode.unavailable:
            throw VaultError(.custodyUnavailable, "the provider `\(capabilities.name)` cannot be asked now")
        default: throw VaultError(.custodyFailed, "the provider `\(capabilities.name)` failed with code \(code)")
        }
        guard (1...capacity).contains(count) else {
            throw VaultError(.custodyFailed, "the provider `\(capabilities.name)` states \(count) bytes of \(capacity)")
        }
    }
}
