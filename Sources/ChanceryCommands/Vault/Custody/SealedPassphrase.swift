internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire

/// A passphrase that nobody knows: a TPM or token gives it out. With it, whatever a passphrase opens, such as the keys of an
/// identity, is kept by that device.
struct SealedPassphrase {
    private static let type = "chancery/custody-passphrase/v1"
    private static let limit = 200_000
    private static let secretBytes = 32
    private static let label = {
        do { return try CustodyLabel("passphrase") } catch { preconditionFailure("the label is well-formed") }
    }()

    private let custody: RootCustody
    private let sealed: SealedSecret

    /// Makes one: 32 random bytes in hexadecimal.
    init(sealingIn custody: RootCustody, _ options: GlobalOptions) throws {
        var random = SystemRandom.bytes(Self.secretBytes)
        var text = Array(Hex.encode(random).utf8)
        SecretBytes.erase(&random)
        self.custody = custody
        sealed = try custody.backend(options).seal(SecretBytes(erasing: &text), label: Self.label)
    }

    /// - Throws: `vault.custody_malformed`.
    init(_ bytes: [UInt8]) throws {
        do {
            var reader = try RecordReader(
                JSONParser.parse(bytes, limits: .init(bytes: Self.limit, depth: 6)), "the sealed passphrase")
            guard try reader.string("type", limit: 64) == Self.type else {
                throw VaultError(.custodyMalformed, "the file holds no sealed passphrase")
            }
            custody = try RootCustody(json: .object(reader.object("custody")))
            sealed = try SealedSecret(Base64.url.decode(reader.string("sealed", limit: Self.limit)))
            try reader.finish()
        } catch let error as WireError {
            throw VaultError(.custodyMalformed, "the file holds no sealed passphrase: \(error.detail)")
        }
    }

    func encoded() throws -> [UInt8] {
        let file: JSONValue = [
            "custody": custody.json, "sealed": .string(Base64.url.encode(sealed.bytes)), "type": .string(Self.type),
        ]
        return try CanonicalForm.jcs.encode(file)
    }

    /// The passphrase; the caller erases it.
    func open(_ options: GlobalOptions) throws -> [UInt8] {
        try custody.backend(options).unseal(sealed, label: Self.label).copyForExport()
    }

    func capabilities(_ options: GlobalOptions) throws -> CustodyCapabilities { try custody.backend(options).capabilities }
}
