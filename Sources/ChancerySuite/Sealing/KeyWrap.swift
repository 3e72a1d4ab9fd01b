internal import Crypto
internal import Foundation

/// AES-256 key wrap (RFC 3394, `A256KW`): a key under a key, without a nonce.
///
/// What was changed is found with a probability of 1 − 2⁻⁶⁴.
public enum KeyWrap {
    /// Bytes that wrapping adds.
    public static let overhead = 8

    /// The wrapped form of `key`.
    ///
    /// - Throws: `suite.invalid_parameters` unless the wrapping key has 32 bytes and `key` is 16…4096 bytes in steps of 8.
    public static func wrap(_ key: borrowing SecretBytes, under wrapping: borrowing SecretBytes) throws(SuiteError) -> [UInt8] {
        guard wrapping.count == AEAD.keyBytes, (16...4096).contains(key.count), key.count % 8 == 0 else {
            throw SuiteError(.invalidParameters, "AES key wrap takes a 32-byte key and 16 to 4096 bytes in steps of 8")
        }
        do {
            return Array(try AES.KeyWrap.wrap(symmetricKey(key), using: symmetricKey(wrapping)))
        } catch {
            throw SuiteError(.operationFailed, "wrapping the key failed")
        }
    }

    /// The key that `wrapped` holds.
    ///
    /// - Throws: `suite.open_failed` for another wrapping key, another length or changed bytes, without saying which.
    public static func unwrap(_ wrapped: [UInt8], under wrapping: borrowing SecretBytes) throws(SuiteError) -> SecretBytes {
        guard wrapping.count == AEAD.keyBytes, (24...4104).contains(wrapped.count), wrapped.count % 8 == 0 else {
            throw SuiteError(.openFailed, "the wrapped key does not open")
        }
        do {
            return SecretBytes(copying: try AES.KeyWrap.unwrap(wrapped, using: symmetricKey(wrapping)))
        } catch {
            throw SuiteError(.openFailed, "the wrapped key does not open")
        }
    }

    private static func symmetricKey(_ key: borrowing SecretBytes) -> SymmetricKey {
        unsafe key.withBytes { bytes in unsafe SymmetricKey(data: bytes) }
    }
}
