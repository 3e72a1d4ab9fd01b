public import ChanceryVault

/// Registers of the SHA-256 bank, 0…23, that a secret is bound to.
public struct PCRSelection: Sendable, Equatable, CustomStringConvertible {
    static let bitmapBytes = 3
    static let listBytes = 10

    /// Ascending, at least one.
    public let indexes: [Int]

    /// PCR 7: the state of Secure Boot and its keys. It survives updates of kernels that are signed.
    public static let standard = PCRSelection(trusted: [7])

    init(trusted indexes: [Int]) { self.indexes = indexes }

    /// - Throws: `vault.custody_malformed` for none, a number outside 0…23, or one twice.
    public init(_ indexes: [Int]) throws(VaultError) {
        guard !indexes.isEmpty, Set(indexes).count == indexes.count, indexes.allSatisfy({ (0..<24).contains($0) }) else {
            throw VaultError(.custodyMalformed, "PCRs are different numbers from 0 to 23, at least one")
        }
        self.indexes = indexes.sorted()
    }

    /// Numbers with commas between them, such as `0,7`.
    public init(_ text: String) throws(VaultError) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.prefix(25).compactMap { Int($0) }
        guard numbers.count == parts.count else {
            throw VaultError(.custodyMalformed, "`\(text.prefix(80))` is no list of PCRs such as `0,7`")
        }
        try self.init(numbers)
    }

    init(bitmap: [UInt8]) throws(VaultError) {
        try self.init((0..<24).filter { bitmap.count == Self.bitmapBytes && bitmap[$0 / 8] >> ($0 % 8) & 1 == 1 })
    }

    var bitmap: [UInt8] {
        indexes.reduce(into: [0, 0, 0]) { $0[$1 / 8] |= 1 << UInt8($1 % 8) }
    }

    /// `TPML_PCR_SELECTION` with the one bank.
    var list: [UInt8] {
        TPMWriter.build {
            $0.u32(1)
            $0.u16(TPMConstant.sha256)
            $0.u8(UInt8(Self.bitmapBytes))
            $0.raw(bitmap)
        }
    }

    public var description: String { indexes.map(String.init).joined(separator: ",") }
}
