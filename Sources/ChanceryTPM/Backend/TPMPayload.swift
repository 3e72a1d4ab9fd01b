internal import ChancerySuite
internal import ChanceryVault

/// What a sealed secret of the place `tpm2` holds: `docs/spec/vault-keys.md`.
struct TPMPayload {
    static let saltBytes = 32
    private static let version: UInt8 = 1
    private static let longestArea = 512

    /// How a passphrase becomes the value that the TPM asks for.
    struct Passphrase {
        let parameters: ScryptParameters
        let salt: [UInt8]
    }

    let selection: PCRSelection
    /// Of the registers when the secret was sealed.
    let digest: [UInt8]
    /// SHA-256 of the public area of the storage primary.
    let primary: [UInt8]
    let passphrase: Passphrase?
    let publicArea: [UInt8]
    let privateArea: [UInt8]
    let nonce: [UInt8]

    /// All that comes before the ciphertext; it is authenticated with it.
    var head: [UInt8] {
        TPMWriter.build {
            $0.u8(Self.version)
            $0.raw(selection.bitmap)
            $0.raw(digest)
            $0.raw(primary)
            $0.u8(passphrase == nil ? 0 : 1)
            if let passphrase {
                let cost = passphrase.parameters
                $0.raw([cost.logN, cost.blockSize, cost.parallelism] + passphrase.salt)
            }
            $0.sized(publicArea)
            $0.sized(privateArea)
            $0.raw(nonce)
        }
    }

    /// The payload and the ciphertext after it.
    ///
    /// - Throws: `vault.custody_malformed` unless lengths, scrypt's bounds and the public area are in order; the area must be
    ///   the one that the stated registers and passphrase make.
    static func read(_ bytes: [UInt8]) throws(VaultError) -> (payload: TPMPayload, ciphertext: [UInt8]) {
        let refusal = VaultError(.custodyMalformed, "the secret sealed by a TPM is cut or not in order")
        var reader = TPMReader(bytes, or: refusal)
        guard try reader.u8() == version else { throw refusal }
        let selection = try PCRSelection(bitmap: reader.take(PCRSelection.bitmapBytes))
        let (digest, primary) = (try reader.take(32), try reader.take(32))
        var passphrase: Passphrase?
        switch try reader.u8() {
        case 0: break
        case 1:
            let cost = try reader.take(3)
            guard let parameters = try? ScryptParameters(logN: cost[0], blockSize: cost[1], parallelism: cost[2]) else {
                throw refusal
            }
            passphrase = Passphrase(parameters: parameters, salt: try reader.take(saltBytes))
        default: throw refusal
        }
        let (publicArea, privateArea) = (try reader.sized(atMost: longestArea), try reader.sized(atMost: longestArea))
        let nonce = try reader.take(AEAD.nonceBytes)
        let policy = TPMTemplate.policy(selection, digest: digest, hasAuthValue: passphrase != nil)
        let expected = TPMTemplate.sealed(
            policy: policy, hasAuthValue: passphrase != nil, unique: Array(publicArea.suffix(32)))
        guard publicArea == expected, !privateArea.isEmpty, reader.remaining > AEAD.tagBytes else { throw refusal }
        let payload = TPMPayload(
            selection: selection, digest: digest, primary: primary, passphrase: passphrase, publicArea: publicArea,
            privateArea: privateArea, nonce: nonce)
        return (payload, reader.rest())
    }
}
