internal import Crypto
internal import Foundation

/// The sending end of one HPKE encapsulation (RFC 9180 base mode: X-Wing, HKDF-SHA256, AES-256-GCM): messages in their order,
/// and secrets that only both ends know.
public struct SealingChannel: ~Copyable, Sendable {
    /// What the other end needs first: ``EncapsulationAlgorithm/ciphertextBytes`` of X-Wing.
    public let encapsulatedKey: [UInt8]
    private var sender: HPKE.Sender

    /// - Throws: `suite.invalid_parameters` for another key than one of X-Wing.
    public init(to key: EncapsulationKey, info: [UInt8]) throws(SuiteError) {
        sender = try key.sender(info: info)
        encapsulatedKey = Array(sender.encapsulatedKey)
    }

    /// The next message: its ciphertext and tag.
    public mutating func seal(_ plaintext: [UInt8], authenticating data: [UInt8] = []) throws(SuiteError) -> [UInt8] {
        do {
            return Array(try sender.seal(plaintext, authenticating: data))
        } catch {
            throw SuiteError(.operationFailed, "sealing failed")
        }
    }

    /// A secret of both ends under a label of its own (RFC 9180 §5.3).
    public borrowing func secret(_ label: String, count: Int) throws(SuiteError) -> SecretBytes {
        do {
            return SecretBytes(copying: try sender.exportSecret(context: Array(label.utf8), outputByteCount: count))
        } catch {
            throw SuiteError(.invalidParameters, "HPKE gives 1 to 8160 bytes of a secret")
        }
    }
}

/// The receiving end of what a ``SealingChannel`` seals.
public struct OpeningChannel: ~Copyable, Sendable {
    private var recipient: HPKE.Recipient

    /// - Throws: `suite.open_failed` for an encapsulated key of another length; a changed one of the right length is found by
    ///   the first message.
    public init(with key: DecapsulationKey, encapsulatedKey: [UInt8], info: [UInt8]) throws(SuiteError) {
        recipient = try key.recipient(of: encapsulatedKey, info: info)
    }

    /// The plaintext of the next message.
    ///
    /// - Throws: `suite.open_failed` for a message that was changed, or is not the next one.
    public mutating func open(_ sealed: [UInt8], authenticating data: [UInt8] = []) throws(SuiteError) -> [UInt8] {
        do {
            return Array(try recipient.open(sealed, authenticating: data))
        } catch {
            throw SuiteError(.openFailed, "the sealed message does not open")
        }
    }

    /// A secret of both ends under a label of its own (RFC 9180 §5.3).
    public borrowing func secret(_ label: String, count: Int) throws(SuiteError) -> SecretBytes {
        do {
            return SecretBytes(copying: try recipient.exportSecret(context: Array(label.utf8), outputByteCount: count))
        } catch {
            throw SuiteError(.invalidParameters, "HPKE gives 1 to 8160 bytes of a secret")
        }
    }
}
