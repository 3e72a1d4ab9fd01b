internal import ChancerySuite
internal import ChanceryVault

/// A session whose key only the TPM's storage primary and we know (TPM 2.0 library, part 1, §19 and §21): it authenticates
/// commands and answers, and hides their first parameter.
struct TPMSession {
    static let nonceBytes = 32
    private static let continues: UInt8 = 0x01
    private static let hidesCommand: UInt8 = 0x20
    private static let hidesAnswer: UInt8 = 0x40

    let handle: UInt32
    private var key: [UInt8]
    private var theirs: [UInt8]
    private var ours: [UInt8] = []

    /// What the salt was agreed to be, and how the TPM is told.
    struct Salt {
        var secret: [UInt8]
        let encrypted: [UInt8]
    }

    /// Agrees on a salt with the primary, whose point is (x, y). KDFe is part 1, §11.4.10.3.
    static func salt(_ point: TPMPoint) throws(VaultError) -> Salt {
        do {
            var agreement = try DeviceChannel.agree(x: point.x, y: point.y)
            defer { SecretBytes.erase(&agreement.shared) }
            var input = [0, 0, 0, 1] + agreement.shared + Array("SECRET".utf8) + [0] + agreement.x + point.x
            defer { SecretBytes.erase(&input) }
            let encrypted = TPMWriter.build {
                $0.sized(agreement.x)
                $0.sized(agreement.y)
            }
            return Salt(secret: Digest.sha256(input), encrypted: encrypted)
        } catch {
            throw VaultError(.custodyFailed, "the TPM's storage primary is no point of P-256")
        }
    }

    /// KDFa with SHA-256 (part 1, §11.4.10.2), for one block.
    private static func derive(_ key: [UInt8], _ label: String, _ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
        Derivation.hmacSHA256([0, 0, 0, 1] + Array(label.utf8) + [0] + first + second + [0, 0, 1, 0], key: key)
    }

    init(handle: UInt32, salt: [UInt8], ours: [UInt8], theirs: [UInt8]) {
        self.handle = handle
        self.theirs = theirs
        key = Self.derive(salt, "ATH", theirs, ours)
    }

    mutating func erase() { SecretBytes.erase(&key) }

    /// What is asked of the session for one command.
    struct Use {
        var hidesCommand = false
        var hidesAnswer = false
        /// Whether the session lives on after it.
        var continues = false
        /// The value of the object that the session authorises; without it, empty.
        var authValue: [UInt8] = []
        /// Whether the policy of the session demands that value.
        var provesAuthValue = false

        fileprivate var attributes: UInt8 {
            (continues ? TPMSession.continues : 0) | (hidesCommand ? TPMSession.hidesCommand : 0)
                | (hidesAnswer ? TPMSession.hidesAnswer : 0)
        }
    }

    /// The parameters as they go over the bus, and the authorisation area.
    mutating func authorise(
        _ command: TPMCommand, names: [[UInt8]], _ parameters: [UInt8], _ use: Use
    ) throws(VaultError) -> (parameters: [UInt8], area: [UInt8]) {
        ours = SystemRandom.bytes(Self.nonceBytes)
        let sent = use.hidesCommand ? try hide(parameters, use, newer: ours, older: theirs, DeviceChannel.encrypt) : parameters
        let hash = Digest.sha256(TPMWriter.build { $0.u32(command.rawValue) } + names.flatMap { $0 } + sent)
        let proof = Derivation.hmacSHA256(hash + ours + theirs + [use.attributes], key: proofKey(use))
        let area = TPMWriter.build {
            $0.u32(handle)
            $0.sized(ours)
            $0.u8(use.attributes)
            $0.sized(proof)
        }
        return (sent, area)
    }

    /// The parameters of an answer, once its proof holds.
    mutating func accept(
        _ command: TPMCommand, _ parameters: [UInt8], area: [UInt8], _ use: Use
    ) throws(VaultError) -> [UInt8] {
        var reader = TPMReader(answer: area)
        theirs = try reader.sized(atMost: 64)
        let attributes = try reader.u8()
        let proof = try reader.sized(atMost: 64)
        try reader.end()
        let hash = Digest.sha256(
            TPMWriter.build {
                $0.u32(0)
                $0.u32(command.rawValue)
            } + parameters)
        let expected = Derivation.hmacSHA256(hash + theirs + ours + [attributes], key: proofKey(use))
        guard constantTimeEqual(proof, expected) else {
            throw VaultError(.custodyFailed, "the answer of the TPM does not prove itself: something sits between")
        }
        return use.hidesAnswer ? try hide(parameters, use, newer: theirs, older: ours, DeviceChannel.decrypt) : parameters
    }

    private func proofKey(_ use: Use) -> [UInt8] { key + (use.provesAuthValue ? use.authValue : []) }

    /// Encrypts or decrypts the content of the first parameter, a `TPM2B`.
    private func hide(
        _ parameters: [UInt8], _ use: Use, newer: [UInt8], older: [UInt8],
        _ cipher: ([UInt8], [UInt8], [UInt8]) throws(SuiteError) -> [UInt8]
    ) throws(VaultError) -> [UInt8] {
        var reader = TPMReader(answer: parameters)
        let content = try reader.sized()
        var stream = Self.derive(key + use.authValue, "CFB", newer, older)
        defer { SecretBytes.erase(&stream) }
        let hidden: [UInt8]
        do {
            hidden = try cipher(content, Array(stream.prefix(16)), Array(stream.suffix(16)))
        } catch {
            throw VaultError(.custodyFailed, error.detail)
        }
        let rest = reader.rest()
        return TPMWriter.build {
            $0.sized(hidden)
            $0.raw(rest)
        }
    }
}
