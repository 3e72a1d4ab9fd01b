internal import Crypto
internal import Foundation

/// The hash functions of the suite. SHA-256 for trees and bulk, SHA3-256 for identifiers, SHA-512 for AISS-2.1.
public enum Digest {
    public static func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] { hash(bytes, SHA256.self) }
    public static func sha384(_ bytes: some Collection<UInt8>) -> [UInt8] { hash(bytes, SHA384.self) }
    public static func sha512(_ bytes: some Collection<UInt8>) -> [UInt8] { hash(bytes, SHA512.self) }
    public static func sha3_256(_ bytes: some Collection<UInt8>) -> [UInt8] { hash(bytes, SHA3_256.self) }

    private static func hash<Function: HashFunction>(
        _ bytes: some Collection<UInt8>, _: Function.Type
    ) -> [UInt8] {
        // Only the hand-over is generic over the bytes; the rest is specialised here.
        let fast = bytes.withContiguousStorageIfAvailable { buffer in
            unsafe hash(UnsafeRawBufferPointer(buffer), Function.self)
        }
        return fast ?? hash(Array(bytes), Function.self)
    }

    private static func hash<Function: HashFunction>(_ bytes: UnsafeRawBufferPointer, _: Function.Type) -> [UInt8] {
        var function = Function()
        unsafe function.update(bufferPointer: bytes)
        return unsafe function.finalize().withUnsafeBytes { digest in unsafe Array(digest) }
    }
}

/// SHA-256 over bytes that arrive in pieces.
public struct SHA256Hasher: Sendable {
    private var state = SHA256()

    public init() {}

    public mutating func update(_ bytes: [UInt8]) { state.update(data: bytes) }
    public mutating func update(_ byte: UInt8) { state.update(data: [byte]) }

    /// The digest of everything so far; more may follow.
    public func digest() -> [UInt8] { Array(state.finalize()) }
}

/// SHA3-256 over bytes that arrive in pieces.
public struct SHA3Hasher: Sendable {
    private var state = SHA3_256()

    public init() {}

    public mutating func update(_ bytes: [UInt8]) { state.update(data: bytes) }

    public mutating func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { unsafe state.update(bufferPointer: $0) }
    }

    /// The digest of everything so far; more may follow.
    public func digest() -> [UInt8] { Array(state.finalize()) }
}
