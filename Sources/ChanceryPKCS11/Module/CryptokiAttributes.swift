internal import CCryptoki

/// Attributes of objects (PKCS #11 version 2.40, base specification, §4), as the functions take them.
struct CryptokiAttributes {
    static let objectClass: UInt = 0x0
    static let token: UInt = 0x1
    static let isPrivate: UInt = 0x2
    static let label: UInt = 0x3
    static let value: UInt = 0x11
    static let keyType: UInt = 0x100
    static let sensitive: UInt = 0x103
    static let encrypt: UInt = 0x104
    static let decrypt: UInt = 0x105
    static let wrap: UInt = 0x106
    static let unwrap: UInt = 0x107
    static let valueLength: UInt = 0x161
    static let extractable: UInt = 0x162
    static let neverExtractable: UInt = 0x164
    static let alwaysSensitive: UInt = 0x165

    static let secretKey: UInt = 4
    static let aes: UInt = 0x1f

    private var entries: [(type: UInt, bytes: [UInt8])] = []

    mutating func add(_ type: UInt, _ value: Bool) { entries.append((type, [value ? 1 : 0])) }
    mutating func add(_ type: UInt, _ text: String) { entries.append((type, Array(text.utf8))) }

    /// Numbers have the machine's own order and width.
    mutating func add(_ type: UInt, _ number: UInt) {
        let bytes = unsafe withUnsafeBytes(of: number) { unsafe Array($0) }
        entries.append((type, bytes))
    }

    /// Lends the attributes; nothing of them may be kept.
    func with<Value>(_ body: (UnsafeMutablePointer<CK_ATTRIBUTE>?, UInt) -> Value) -> Value {
        var storage = entries.flatMap(\.bytes)
        return unsafe storage.withUnsafeMutableBytes { buffer in
            var offset = 0
            var list: [CK_ATTRIBUTE] = unsafe []
            for entry in entries {
                unsafe list.append(
                    CK_ATTRIBUTE(
                        type: entry.type, value: buffer.baseAddress.map { unsafe $0 + offset }, length: UInt(entry.bytes.count))
                )
                offset += entry.bytes.count
            }
            return unsafe list.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress, UInt(entries.count)) }
        }
    }
}
