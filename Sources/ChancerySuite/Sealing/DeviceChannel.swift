internal import Crypto
internal import CryptoExtras
internal import Foundation

/// What a protected channel to a TPM 2.0 is made of, in the algorithms that every TPM has (TPM 2.0 library, part 1, §19 and
/// §21). They protect a bus, never a record: nothing of ours rests on them alone.
package enum DeviceChannel {
    package static let coordinateBytes = 32
    package static let cipherKeyBytes = 16
    package static let cipherBlockBytes = 16

    /// A fresh P-256 key agreed with the point of a device.
    package struct Agreement: Sendable {
        /// Our half, both coordinates of 32 bytes.
        package let x: [UInt8]
        package let y: [UInt8]
        /// The x coordinate of the shared point; the caller erases it.
        package var shared: [UInt8]
    }

    /// - Throws: `suite.invalid_key` for a point that is not on the curve.
    package static func agree(x: [UInt8], y: [UInt8]) throws(SuiteError) -> Agreement {
        guard x.count == coordinateBytes, y.count == coordinateBytes else {
            throw SuiteError(.invalidKey, "a P-256 point has two coordinates of 32 bytes")
        }
        do {
            let theirs = try P256.KeyAgreement.PublicKey(rawRepresentation: x + y)
            let ours = P256.KeyAgreement.PrivateKey()
            let shared = try ours.sharedSecretFromKeyAgreement(with: theirs)
            let point = Array(ours.publicKey.rawRepresentation)
            return Agreement(
                x: Array(point.prefix(coordinateBytes)), y: Array(point.suffix(coordinateBytes)),
                shared: unsafe shared.withUnsafeBytes { bytes in unsafe Array(bytes) })
        } catch {
            throw SuiteError(.invalidKey, "the device's point is not on P-256")
        }
    }

    /// AES-128-CFB (NIST SP 800-38A, segments of 128 bits). It hides and does not authenticate.
    ///
    /// - Throws: `suite.invalid_parameters` unless key and starting value have 16 bytes.
    package static func encrypt(_ bytes: [UInt8], key: [UInt8], start: [UInt8]) throws(SuiteError) -> [UInt8] {
        try cipher(key, start) { key, start in Array(try AES._CFB.encrypt(bytes, using: key, iv: start)) }
    }

    /// The way back from ``encrypt(_:key:start:)``.
    package static func decrypt(_ bytes: [UInt8], key: [UInt8], start: [UInt8]) throws(SuiteError) -> [UInt8] {
        try cipher(key, start) { key, start in Array(try AES._CFB.decrypt(bytes, using: key, iv: start)) }
    }

    private static func cipher(
        _ key: [UInt8], _ start: [UInt8], _ body: (SymmetricKey, AES._CFB.IV) throws -> [UInt8]
    ) throws(SuiteError) -> [UInt8] {
        guard key.count == cipherKeyBytes, start.count == cipherBlockBytes else {
            throw SuiteError(.invalidParameters, "AES-128-CFB needs a key and a starting value of 16 bytes")
        }
        do {
            return try body(SymmetricKey(data: key), AES._CFB.IV(ivBytes: start))
        } catch {
            throw SuiteError(.operationFailed, "AES-128-CFB failed")
        }
    }
}
