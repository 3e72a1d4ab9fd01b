internal import CChanceryLattice

/// AES-256-GCM over the numbered chunks of one message, from and into buffers of the caller, without an allocation.
///
/// The nonce of chunk k is the base nonce XOR k, most significant byte first (TLS 1.3, RFC 8446 §5.3); there is no
/// additional data. The expanded key lies in erased memory. Nothing changes after the key was expanded, so several tasks
/// may seal and open chunks at once. It keeps no record of numbers: never seal two texts under one number.
public final class BulkAEAD: Sendable {
    private let cipher: SecretBytes
    private let baseNonce: [UInt8]

    /// - Throws: `suite.invalid_parameters` unless the key has 32 bytes and the base nonce 12.
    public init(key: borrowing SecretBytes, baseNonce: [UInt8]) throws(SuiteError) {
        guard key.count == AEAD.keyBytes, baseNonce.count == AEAD.nonceBytes else {
            throw SuiteError(.invalidParameters, "AES-256-GCM needs a 32-byte key and a 12-byte nonce")
        }
        let cipher = SecretBytes(count: chancery_gcm_size())
        let expanded = unsafe key.withBytes { key in
            unsafe cipher.withMutableBytes { cipher in
                unsafe chancery_gcm_init(cipher.baseAddress, key.assumingMemoryBound(to: UInt8.self).baseAddress) == 1
            }
        }
        guard expanded else { throw SuiteError(.operationFailed, "the AES-256-GCM key could not be expanded") }
        self.cipher = cipher
        self.baseNonce = baseNonce
    }

    /// Writes the ciphertext of `plaintext` and its tag to the bytes `range` of `sealed`.
    ///
    /// - Throws: `suite.invalid_parameters` unless the range lies in `sealed` and has exactly 16 bytes more.
    public func seal(
        _ plaintext: Span<UInt8>, at index: UInt64, into sealed: inout MutableSpan<UInt8>, _ range: Range<Int>
    ) throws(SuiteError) {
        guard range.lowerBound >= 0, range.upperBound <= sealed.count, range.count >= AEAD.tagBytes,
            range.count - AEAD.tagBytes == plaintext.count
        else {
            throw SuiteError(.invalidParameters, "sealed bytes are 16 more than the plaintext")
        }
        let done = unsafe cipher.withBytes { cipher in
            unsafe plaintext.withUnsafeBufferPointer { source in
                unsafe sealed.withUnsafeMutableBufferPointer { target in
                    // The range has 16 bytes or more, so there is an address.
                    unsafe chancery_gcm_seal(
                        cipher.baseAddress, target.baseAddress! + range.lowerBound, baseNonce, index, source.baseAddress,
                        source.count) == 1
                }
            }
        }
        guard done else { throw SuiteError(.operationFailed, "AES-256-GCM sealing failed") }
    }

    /// Writes the plaintext of `sealed` (ciphertext and tag) to the bytes `range` of `plaintext`, or zeros when it throws.
    ///
    /// - Throws: `suite.open_failed` for anything that was changed, without saying what, and for lengths that do not fit.
    public func open(
        _ sealed: Span<UInt8>, at index: UInt64, into plaintext: inout MutableSpan<UInt8>, _ range: Range<Int>
    ) throws(SuiteError) {
        guard range.lowerBound >= 0, range.upperBound <= plaintext.count, sealed.count >= AEAD.tagBytes,
            sealed.count - AEAD.tagBytes == range.count
        else {
            throw SuiteError(.openFailed, "the sealed bytes do not open")
        }
        let done = unsafe cipher.withBytes { cipher in
            unsafe sealed.withUnsafeBufferPointer { source in
                unsafe plaintext.withUnsafeMutableBufferPointer { target in
                    // A buffer without bytes has no address, and nothing is written to it.
                    unsafe chancery_gcm_open(
                        cipher.baseAddress, target.baseAddress.map { unsafe $0 + range.lowerBound }, baseNonce, index,
                        source.baseAddress, source.count) == 1
                }
            }
        }
        guard done else { throw SuiteError(.openFailed, "the sealed bytes do not open") }
    }

    /// Fills all of `sealed`.
    public func seal(
        _ plaintext: Span<UInt8>, at index: UInt64, into sealed: inout MutableSpan<UInt8>
    ) throws(SuiteError) {
        try seal(plaintext, at: index, into: &sealed, 0..<sealed.count)
    }

    /// Fills all of `plaintext`.
    public func open(
        _ sealed: Span<UInt8>, at index: UInt64, into plaintext: inout MutableSpan<UInt8>
    ) throws(SuiteError) {
        try open(sealed, at: index, into: &plaintext, 0..<plaintext.count)
    }
}
