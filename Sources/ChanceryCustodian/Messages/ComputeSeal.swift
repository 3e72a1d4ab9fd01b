internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold

/// How shares travel between a custodian and a client so that a coordinator in between can neither read nor make them.
///
/// Masks: an X-Wing HPKE message to the key that the claim names, holding the custodian's signature, a fresh key and the frame.
/// Results: AES-256-GCM under that key. Bytes: docs/spec/compute-node.md.
enum ComputeSeal {
    /// What a custodian sent a client first.
    struct OpenedMasks {
        let frame: [UInt8]
        let outputKey: Box<SecretBytes>
    }

    static let masksType = "chancery/custodian-masks/v1"
    private static let info = Array("chancery/custodian-masks/v1".utf8)
    private static let submissionLabel = Array("chancery/threshold/submission/v1".utf8)

    private static func context(_ claim: [UInt8], _ party: Int) -> [UInt8] { claim + [UInt8(truncatingIfNeeded: party)] }

    static func masks(
        _ frame: [UInt8], outputKey: borrowing SecretBytes, claim: Claim, party: Int,
        signedBy key: SigningKey<Purpose.Custodian>
    ) throws -> [UInt8] {
        var content = outputKey.copyForExport() + frame
        defer { SecretBytes.erase(&content) }
        let signature = try key.sign(Digest.sha3_256(context(claim.id, party) + content), type: masksType)
        var plain = signature + content
        defer { SecretBytes.erase(&plain) }
        let sealed = try EncapsulationKey(.xWing, claim.sealing).seal(
            plain, info: info, authenticating: context(claim.id, party))
        return sealed.encapsulatedKey + sealed.ciphertext
    }

    /// The frame with the client's masks, and the key of its results.
    ///
    /// - Throws: `custodian.answer_forged` unless the custodian with this key made it for this claim.
    static func openMasks(
        _ sealed: [UInt8], claim: [UInt8], party: Int, by custodian: VerifyingKey<Purpose.Custodian>, with key: DecapsulationKey
    ) throws -> OpenedMasks {
        let encapsulated = EncapsulationAlgorithm.xWing.ciphertextBytes
        guard sealed.count > encapsulated else { throw forged(party) }
        var plain = try key.open(
            SealedMessage(encapsulatedKey: Array(sealed[..<encapsulated]), ciphertext: Array(sealed[encapsulated...])),
            info: info, authenticating: context(claim, party))
        defer { SecretBytes.erase(&plain) }
        let signature = custodian.suite.signatureBytes
        guard plain.count > signature + AEAD.keyBytes else { throw forged(party) }
        let content = Array(plain[signature...])
        guard
            custodian.isValid(
                Array(plain[..<signature]), for: Digest.sha3_256(context(claim, party) + content), type: masksType)
        else { throw forged(party) }
        var outputKey = Array(content[..<AEAD.keyBytes])
        return OpenedMasks(frame: Array(content[AEAD.keyBytes...]), outputKey: Box(SecretBytes(erasing: &outputKey)))
    }

    // The key is fresh for each claim and custodian, and seals one message.
    private static let nonce = [UInt8](repeating: 0, count: AEAD.nonceBytes)

    static func results(_ frame: [UInt8], key: borrowing SecretBytes, claim: [UInt8], party: Int) throws -> [UInt8] {
        try AEAD.seal(frame, key: key, nonce: nonce, authenticating: context(claim, party))
    }

    static func openResults(_ sealed: [UInt8], key: borrowing SecretBytes, claim: [UInt8], party: Int) throws -> [UInt8] {
        try AEAD.open(sealed, key: key, nonce: nonce, authenticating: context(claim, party))
    }

    /// H(Δ): what a submission signs of the masked values.
    static func inputsDigest(_ frame: RunFrame, of session: RunID) throws -> [UInt8] {
        guard frame.session == session else {
            throw CustodianError(.messageMalformed, "the masked values are for another session")
        }
        return Digest.sha3_256(submissionLabel + [0] + session.bytes + frame.payload)
    }

    private static func forged(_ party: Int) -> CustodianError {
        CustodianError(.answerForged, "what was given out as custodian \(party)'s shares is not from it")
    }
}
