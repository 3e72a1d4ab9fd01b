internal import ArgumentParser
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire

struct VaultVerifyAttestation: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-attestation", abstract: "Verify a vault's statement as the answer to a challenge of one's own.",
        discussion: """
            With --trust it needs no home: the keys come from the list alone. Without it, this home's own vault is the only one \
            that counts. Give each challenge once. An attestation of pqc-enclave-sdk is shown, labelled `pqaid-v0`, and \
            refused: it answers no challenge.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The statement; - for standard input.") var file: String
    @OptionGroup var challenge: ChallengeOptions
    @Option(help: ArgumentHelp("The list of enrolled devices.", valueName: "file")) var trust: String?
    @Option(help: ArgumentHelp("The root of the catalogue that is expected.", valueName: "hex")) var root: String?
    @OptionGroup var device: DeviceOptions

    func run() throws {
        let nonce = try challenge.nonce()
        let root = try root.map { text in
            try UsageError.reading("--root") { try Hex.decode(text.lowercased(), count: 32) }
        }
        let bytes = try UserFile.read(file, limit: 1 << 16)
        if let seed = try seedForm(bytes) { return try show(seed) }
        let attestation = try DeviceAttestation.verify(
            bytes.trimmingLineEnd, nonce: nonce, root: root, trust: enrolled(), at: Home.now())
        try show(attestation)
    }

    private func enrolled() throws -> [EnrolledDevice] {
        if let trust { return try TrustList(decoding: UserFile.read(trust, limit: TrustList.maximumBytes)).devices }
        let home = try Home(options, .writing("vault verify-attestation"))
        let vault = try home.unlockedVault(passphrase, options)
        let (terms, key) = try vault.enrolment(device.description, lifetime: 3600)
        return [EnrolledDevice(terms, key: key)]
    }

    private func show(_ attestation: DeviceAttestation) throws {
        let terms = attestation.terms
        try options.show(terms.view) {
            """
            device    \(Console.printable(terms.deviceID))
            model     \(Console.printable(terms.deviceModel)), vendor \(Console.printable(terms.enclaveVendor))
            assurance \(terms.assurance.rawValue)
            artifact  \(terms.artifact.text)
            content   \(Hex.encode(terms.contentHash))
            manifest  \(terms.manifest.text)
            vault     \(terms.vault.text), \(terms.vaultCounter) events
            root      \(Hex.encode(terms.vaultRoot))
            keys      \(terms.keys.map(\.text).joined(separator: ", "))
            issued    \(terms.issued.text), until \(terms.expires.text)
            """
        }
    }

    /// The record of pqc-enclave-sdk, if it is one.
    private func seedForm(_ bytes: [UInt8]) throws -> JSONValue? {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 1 << 16, depth: 24))
        // A literal `nil` beside a value would be the JSON null.
        guard value["signer_did"] != nil, value["body"] == nil else { return .none }
        return .some(value)
    }

    private func show(_ value: JSONValue) throws {
        let seed = try SeedAttestation(value)
        let isSigned = SeedAttestation.packageVerifies(value)
        try options.show([
            "accepted": false, "artifact_content_hash": .string(Hex.encode(seed.contentHash)),
            "artifact_id": .string(seed.artifactID), "device_id": .string(seed.deviceID),
            "device_model": .string(seed.deviceModel), "enclave_vendor": .string(seed.enclaveVendor),
            "issued_at": .string(seed.issued), "profile": "pqaid-v0", "signature_by_its_own_key": .bool(isSigned),
            "signer_did": .string(seed.signer),
        ]) {
            """
            profile   pqaid-v0: no challenge, no expiry, no measurement; refused
            device    \(Console.printable(seed.deviceID))
            model     \(Console.printable(seed.deviceModel)), vendor \(Console.printable(seed.enclaveVendor))
            artifact  \(Console.printable(seed.artifactID))
            content   \(Hex.encode(seed.contentHash))
            issued    \(Console.printable(seed.issued))
            signer    \(Console.printable(seed.signer)); the key inside signed it: \(isSigned ? "yes" : "no")
            """
        }
        throw Stop(code: ExitStatus.refused)
    }
}

extension DeviceAttestation.Terms {
    /// As commands print it.
    var view: JSONValue {
        [
            "artifact_content_hash": .string(Hex.encode(contentHash)), "artifact_id": .string(artifact.text),
            "assurance": .string(assurance.rawValue), "device_id": .string(deviceID), "device_model": .string(deviceModel),
            "enclave_vendor": .string(enclaveVendor), "expires_at": .string(expires.text), "issued_at": .string(issued.text),
            "keys": .array(keys.map { .string($0.text) }), "manifest": .string(manifest.text),
            "profile": .string(DeviceAttestation.type), "vault": .string(vault.text),
            "vault_counter": .integer(vaultCounter), "vault_root": .string(Hex.encode(vaultRoot)),
        ]
    }
}

extension [UInt8] {
    /// Without the line feed that a command put behind a record.
    fileprivate var trimmingLineEnd: [UInt8] { last == 0x0a ? Array(dropLast()) : self }
}
