/// Builds the big-endian structures of a TPM 2.0 (TPM 2.0 library, part 2).
struct TPMWriter {
    private(set) var bytes: [UInt8] = []

    mutating func u8(_ value: UInt8) { bytes.append(value) }
    mutating func u16(_ value: UInt16) { bytes += [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
    mutating func u32(_ value: UInt32) {
        u16(UInt16(value >> 16))
        u16(UInt16(truncatingIfNeeded: value))
    }
    mutating func raw(_ more: [UInt8]) { bytes += more }

    /// A `TPM2B`: the length in two bytes and the content. Content of ours is far below 64 KiB.
    mutating func sized(_ content: [UInt8]) {
        u16(UInt16(clamping: content.count))
        bytes += content
    }

    static func build(_ body: (inout TPMWriter) -> Void) -> [UInt8] {
        var writer = TPMWriter()
        body(&writer)
        return writer.bytes
    }
}
