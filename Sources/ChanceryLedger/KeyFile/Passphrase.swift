package import ChancerySuite
internal import Foundation

/// What a person types to open a key file, in erased memory.
///
/// Normalising a text (NFKC) passes through ordinary strings of the library, which cannot be erased; the copies that
/// live as long as this value are.
public struct Passphrase: ~Copyable, Sendable {
    /// More than any passphrase needs; bounds the work of normalisation.
    public static let maximumBytes = 4096

    /// Whether it is empty or holds nothing but white space.
    public let isBlank: Bool
    /// The UTF-8 text as it was typed. An empty text is one zero byte: HMAC pads keys with zeros, so both give the
    /// same derived key (RFC 2104 §2, RFC 7914 §6).
    let typed: SecretBytes
    /// The UTF-8 text in Unicode normalisation form KC, so that equal-looking input gives equal keys.
    let normalized: SecretBytes

    /// Takes UTF-8 bytes over and erases them, also when it throws.
    ///
    /// - Throws: `ledger.invalid_passphrase` for bytes that are not UTF-8, hold a zero byte or are too many.
    public init(erasing bytes: inout [UInt8]) throws(LedgerError) {
        defer { SecretBytes.erase(&bytes) }
        guard bytes.count <= Self.maximumBytes else {
            throw LedgerError(.invalidPassphrase, "the passphrase has more than \(Self.maximumBytes) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw LedgerError(.invalidPassphrase, "the passphrase is not UTF-8 text")
        }
        isBlank = text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
        var normal = Array(text.precomposedStringWithCompatibilityMapping.utf8)
        if bytes.isEmpty { bytes = [0] }
        if normal.isEmpty { normal = [0] }
        typed = SecretBytes(erasing: &bytes)
        normalized = SecretBytes(erasing: &normal)
    }

    /// The normalised text for places that derive keys of their own from it.
    package func secret() -> SecretBytes { normalized.duplicate() }

    /// From text that is in memory anyway, such as an environment variable.
    public init(_ text: String) throws(LedgerError) {
        var bytes = Array(text.utf8)
        try self.init(erasing: &bytes)
    }
}
