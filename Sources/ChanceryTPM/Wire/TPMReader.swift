internal import ChanceryVault

/// Reads big-endian structures that a TPM answered or a file holds; whatever they say, it does not trap.
struct TPMReader {
    private let bytes: [UInt8]
    private var offset = 0
    private let refusal: VaultError

    /// - Parameter refusal: what is thrown when the bytes end too early.
    init(_ bytes: [UInt8], or refusal: VaultError) {
        self.bytes = bytes
        self.refusal = refusal
    }

    init(answer bytes: [UInt8]) { self.init(bytes, or: VaultError(.custodyFailed, "the answer of the TPM is not in order")) }

    var remaining: Int { bytes.count - offset }
    /// How many bytes were read.
    var position: Int { offset }

    mutating func take(_ count: Int) throws(VaultError) -> [UInt8] {
        guard count >= 0, count <= remaining else { throw refusal }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    mutating func rest() -> [UInt8] {
        defer { offset = bytes.count }
        return Array(bytes[offset...])
    }

    mutating func u8() throws(VaultError) -> UInt8 { try take(1)[0] }
    mutating func u16() throws(VaultError) -> UInt16 { try take(2).reduce(0) { $0 << 8 | UInt16($1) } }
    mutating func u32() throws(VaultError) -> UInt32 { try take(4).reduce(0) { $0 << 8 | UInt32($1) } }

    /// A `TPM2B`.
    mutating func sized(atMost limit: Int = 4096) throws(VaultError) -> [UInt8] {
        let count = try Int(u16())
        guard count <= limit else { throw refusal }
        return try take(count)
    }

    func end() throws(VaultError) {
        guard remaining == 0 else { throw refusal }
    }
}
