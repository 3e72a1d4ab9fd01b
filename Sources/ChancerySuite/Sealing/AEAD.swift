internal import Crypto
internal import Foundation

/// AES-256-GCM (NIST SP 800-38D) with 12-byte nonces and 16-byte tags.
public enum AEAD {
    public static let keyBytes = 32
    public static let nonceBytes = 12
    public static let tagBytes = 16

    /// The ciphertext followed by its tag. A nonce must never be used twice under one key.
    ///
    /// - Throws: `suite.invalid_parameters` for any other length of key or nonce; the library would take both.
    public static func seal(
        _ plaintext: [UInt8], key: borrowing SecretBytes, nonce: [UInt8], authenticating data: [UInt8] = []
    ) throws(SuiteError) -> [UInt8] {
        guard key.count == keyBytes, nonce.count == nonceBytes else {
            throw SuiteError(.invalidParameters, "AES-256-GCM needs a 32-byte key and a 12-byte nonce")
        }
        do {
            let box = try AES.GCM.seal(
                plaintext, using: symmetricKey(key), nonce: AES.GCM.Nonce(data: nonce), authenticating: data)
            return Array(box.ciphertext) + Array(box.tag)
        } catch {
            throw SuiteError(.operationFailed, "AES-256-GCM sealing failed")
        }
    }

    /// The plaintext of `sealed` (ciphertext and tag).
    ///
    /// - Throws: `suite.open_failed` for anything that was changed, without saying what.
    public static func open(
        _ sealed: [UInt8], key: borrowing SecretBytes, nonce: [UInt8], authenticating data: [UInt8] = []
    ) throws(SuiteError) -> [UInt8] {
        guard sealed.count >= tagBytes, nonce.count == nonceBytes, key.count == keyBytes else {
            throw SuiteError(.openFailed, "the sealed bytes do not open")
        }
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: nonce), ciphertext: sealed.dropLast(tagBytes), tag: sealed.suffix(tagBytes))
            return Array(try AES.GCM.open(box, using: symmetricKey(key), authenticating: data))
        } catch {
            throw SuiteError(.openFailed, "the sealed bytes do not open")
        }
    }

    private static func symmetricKey(_ key: borrowing SecretBytes) -> SymmetricKey {
        unsafe key.withBytes { bytes in unsafe SymmetricKey(data: bytes) }
    }
}
