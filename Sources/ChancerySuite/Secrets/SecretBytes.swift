internal import CChanceryLattice
internal import Foundation

/// Secret bytes that exist once, are erased when they go, and are reachable only inside a closure.
///
/// The memory is locked against swapping and left out of core dumps where the system allows it; a refused lock
/// (`RLIMIT_MEMLOCK`) is not an error, ``memoryIsLocked`` tells. Copying is impossible by type.
@safe
public struct SecretBytes: ~Copyable, Sendable {
    nonisolated(unsafe) private let storage: UnsafeMutableRawBufferPointer
    private let allocated: Int
    /// Whether the system keeps these bytes out of swap.
    public let memoryIsLocked: Bool

    public var count: Int { unsafe storage.count }

    /// `count` zero bytes.
    public init(count: Int) {
        precondition(count > 0, "a secret has at least one byte")
        // Whole pages of its own: locks are per page, and a neighbour's unlock would undo ours.
        let page = Int(getpagesize())
        let pages = (count + page - 1) / page * page
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: pages, alignment: page)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
        memoryIsLocked = unsafe mlock(memory.baseAddress!, pages) == 0
        unsafe _ = madvise(memory.baseAddress!, pages, MADV_DONTDUMP)
        unsafe storage = UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
        allocated = pages
    }

    /// Takes the bytes over and erases `bytes`.
    public init(erasing bytes: inout [UInt8]) {
        self.init(count: bytes.count)
        unsafe storage.copyBytes(from: bytes)
        Self.erase(&bytes)
    }

    /// Fresh bytes from the system's generator.
    public static func random(count: Int) -> SecretBytes {
        var bytes = SystemRandom.bytes(count)
        return SecretBytes(erasing: &bytes)
    }

    deinit {
        unsafe chancery_erase(storage.baseAddress!, storage.count)
        unsafe _ = madvise(storage.baseAddress!, allocated, MADV_DODUMP)
        if memoryIsLocked { unsafe munlock(storage.baseAddress!, allocated) }
        unsafe storage.deallocate()
    }

    /// Lends the bytes for the time of `body`; they must not be kept.
    public func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(storage))
    }

    /// Lends the bytes for changing.
    func withMutableBytes<Result, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(storage)
    }

    /// A copy for a format that must hold the secret in the clear or encrypt it. The caller erases it.
    package func copyForExport() -> [UInt8] { unsafe Array(storage) }

    /// A second owner of the same bytes, for key containers.
    package func duplicate() -> SecretBytes {
        let twin = SecretBytes(count: count)
        unsafe twin.storage.copyMemory(from: UnsafeRawBufferPointer(storage))
        return twin
    }

    /// Overwrites memory with zeros in a way that the compiler keeps.
    package static func erase(_ memory: UnsafeMutableRawBufferPointer) {
        if let base = memory.baseAddress { unsafe chancery_erase(base, memory.count) }
    }

    /// Overwrites `bytes` with zeros in a way that the compiler keeps.
    public static func erase(_ bytes: inout [UInt8]) {
        unsafe bytes.withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { unsafe chancery_erase(base, buffer.count) }
        }
        bytes = []
    }
}

/// The operating system's random generator: the only source of key material.
public enum SystemRandom {
    /// `count` bytes, straight from the kernel. Traps when the kernel gives none: there is no second source.
    public static func bytes(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                // The call gives at most 256 bytes.
                let part = min(256, count - filled)
                precondition(unsafe getentropy(buffer.baseAddress! + filled, part) == 0, "the system gives no randomness")
                filled += part
            }
        }
    }
}

/// Whether two byte strings are equal, in time that depends only on their lengths.
public func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe chancery_equal(left, right, left.count) == 1
}
