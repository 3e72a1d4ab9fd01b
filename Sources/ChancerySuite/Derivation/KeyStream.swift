internal import CChanceryLattice

/// Pseudorandom blocks of 16 bytes by number, from one key: the function that custodians share randomness with.
///
/// AES-256 in counter mode (NIST SP 800-38A §6.5) over zeros. Blocks of one key differ from each other, so after q blocks it
/// can be told from a random function with a chance of q²/2^129; derive a key for each use. The expanded key lies in erased
/// memory and is only read, so several tasks may use it at once.
public final class KeyStream: Sendable {
    public static let keyBytes = 32
    public static let blockBytes = 16

    private let cipher: SecretBytes

    /// - Throws: `suite.invalid_parameters` unless the key has 32 bytes.
    public init(key: borrowing SecretBytes) throws(SuiteError) {
        guard key.count == Self.keyBytes else {
            throw SuiteError(.invalidParameters, "a key stream needs a 32-byte key")
        }
        let cipher = SecretBytes(count: chancery_stream_size())
        let expanded = unsafe key.withBytes { key in
            unsafe cipher.withMutableBytes { cipher in
                unsafe chancery_stream_init(cipher.baseAddress, key.assumingMemoryBound(to: UInt8.self).baseAddress) == 1
            }
        }
        guard expanded else { throw SuiteError(.operationFailed, "the key of a key stream could not be expanded") }
        self.cipher = cipher
    }

    /// Overwrites `bytes` with the blocks from `first` on, ascending without a carry out of the low half: `first.low` and the
    /// number of blocks stay below 2^64 together.
    public func fill(_ bytes: inout MutableSpan<UInt8>, from first: (high: UInt64, low: UInt64)) {
        guard !bytes.isEmpty else { return }
        var counter: [UInt8] = []
        counter.reserveCapacity(Self.blockBytes)
        for half in [first.high, first.low] {
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                counter.append(UInt8(truncatingIfNeeded: half >> shift))
            }
        }
        unsafe cipher.withBytes { cipher in
            unsafe bytes.withUnsafeMutableBufferPointer { target in
                // Not empty, so there is an address.
                unsafe chancery_stream_fill(cipher.baseAddress, target.baseAddress!, target.count, counter)
            }
        }
    }
}
