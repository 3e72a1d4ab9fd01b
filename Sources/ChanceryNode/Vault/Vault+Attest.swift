internal import ChanceryLedger
public import ChancerySuite
public import ChanceryVault
internal import ChanceryWire

/// What the machine of a vault says about itself. Nobody checks it here: a verifier compares it with what it enrolled.
public struct DeviceDescription: Sendable, Equatable {
    public let model: String
    public let vendor: String

    /// - Parameters:
    ///   - model: such as `linux x86_64`.
    ///   - vendor: who vouches for the place of the keys; `none` where nobody does.
    public init(model: String, vendor: String) {
        self.model = model
        self.vendor = vendor
    }
}

extension Vault {
    /// States in answer to a verifier's nonce that this vault holds a version: its content's digest, its keys, the root of the
    /// catalogue. Signed with the vault's record key, which the verifier enrolled, and on record.
    ///
    /// Before it signs, the three records are verified, and each body has the length and header that its sealing states. The
    /// chunks are not opened: no permit is needed, and nothing of the content is said but its digest.
    ///
    /// - Parameters:
    ///   - nonce: 32 bytes of the verifier.
    ///   - lifetime: 1…3600 seconds.
    /// - Throws: `vault.locked`, `vault.attestation_malformed`, and what is wrong with the stored version, on record.
    public func attest(
        _ entry: CatalogueEntry, nonce: [UInt8], lifetime: Int64, device: DeviceDescription, by principal: String
    ) throws -> DeviceAttestation {
        do {
            let session = try requireSession()
            let assurance = Self.assurance(of: session)
            let container = try container(entry)
            try requireBodies(of: entry, container)
            let content = try container.manifest.terms.contentDigest
            return try journal.write { state, time in
                // It may have been locked while its files were looked at.
                guard session.locks == state.locks, session.window.isOpen(at: monotonic()) else {
                    throw VaultError(.locked, "the vault was locked meanwhile")
                }
                let current = try state.entry(entry.artifact, version: entry.version)
                guard current.manifest == entry.manifest else {
                    throw VaultError(.recordMismatch, "`\(entry.name)` changed while it was looked at")
                }
                let terms = try DeviceAttestation.Terms(
                    deviceID: journal.identity.document.did.text, deviceModel: device.model, enclaveVendor: device.vendor,
                    artifact: entry.artifact, contentHash: content, manifest: entry.manifest, vault: id,
                    vaultRoot: state.root, vaultCounter: state.events, keys: [current.wrappingKey], assurance: assurance,
                    nonce: nonce, issued: time, lifetime: lifetime)
                let attestation = try DeviceAttestation.sign(terms, by: RecordSigner(record))
                return ([.attestation(.init(attestation))], attestation)
            }
        } catch {
            try refuse("attest", error, by: principal, artifact: entry.artifact)
        }
    }

    /// What a verifier enrols of this vault, and the key that goes with it.
    ///
    /// - Throws: `vault.locked`: how sure its statements are depends on what keeps the root.
    public func enrolment(
        _ device: DeviceDescription, lifetime: Int64
    ) throws -> (terms: EnrolledDevice.Terms, key: VerifyingKey<Purpose.Record>) {
        let time = now()
        let terms = EnrolledDevice.Terms(
            deviceID: journal.identity.document.did.text, deviceModel: device.model, enclaveVendor: device.vendor, vault: id,
            assurance: Self.assurance(of: try requireSession()), notBefore: time, notAfter: time.advanced(bySeconds: lifetime))
        return (terms, record.publicKey)
    }

    /// What the place of custody really gives. The signing key is a file in every case, so only what a verifier enrols makes
    /// more of it; a provider's mere word counts for nothing.
    private static func assurance(of session: Session) -> AssuranceLevel {
        let custody = session.backend
        guard custody.isHardwareBacked, !custody.isClaimed else { return .software }
        switch custody.attestation {
        case .none: return .software
        case .tpmQuote: return .tpm
        case .vendor: return .vendor
        }
    }

    private func requireBodies(of entry: CatalogueEntry, _ container: Container) throws {
        for (index, file) in container.sealing.files.enumerated() {
            let body = try files.open(.body, of: entry.artifact, version: entry.version, index: index)
            guard body.byteCount == file.length else {
                throw VaultError(.bodyLength, "the body of `\(file.path)` has \(body.byteCount) bytes, not \(file.length)")
            }
            var header = [UInt8](repeating: 0, count: BodyHeader.byteCount)
            var span = header.mutableSpan
            try body.read(into: &span, at: 0)
            guard header == file.header.bytes else {
                throw VaultError(.bodyAltered, "the body of `\(file.path)` starts with another header than the sealing says")
            }
        }
    }
}
