public import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Which store this is: 16 random bytes that it got when it was made. Copies and backups of a store share it.
public struct StoreID: Sendable, Hashable, CustomStringConvertible {
    public static let byteCount = 16

    public let bytes: [UInt8]

    /// Nil unless there are exactly 16 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    private init(random count: Int) { bytes = SystemRandom.bytes(count) }

    /// A new one.
    public static func random() -> StoreID { StoreID(random: byteCount) }

    public var description: String { Hex.encode(bytes) }
}

/// The latest intent to sign, as it is kept where restoring the home does not reach (rule L5).
public struct HighWaterMark: Sendable, Equatable {
    /// The name under which the log signs.
    public let origin: String
    /// The store whose tree it is.
    public let store: StoreID
    public let head: TreeHead
    /// Grows with every intent of the store.
    public let generation: Int64

    public init(origin: String, store: StoreID, head: TreeHead, generation: Int64) {
        self.origin = origin
        self.store = store
        self.head = head
        self.generation = generation
    }
}

/// A mark where it lies, readable or not: a damaged mark is never an absent one.
public struct StoredMark: Sendable {
    /// Where the operator finds it.
    public let path: String
    public let content: Result<HighWaterMark, any Error>

    public init(path: String, content: Result<HighWaterMark, any Error>) {
        self.path = path
        self.content = content
    }
}
