import ChancerySuite
import Foundation
import Testing

struct SecretBytesTests {
    @Test func `bytes taken over leave the caller with none`() {
        var bytes: [UInt8] = [1, 2, 3]
        let secret = SecretBytes(erasing: &bytes)
        #expect(bytes.isEmpty)
        #expect(secret.copyForExport() == [1, 2, 3])
        #expect(secret.duplicate().copyForExport() == [1, 2, 3])
    }

    @Test func `a secret of chosen length starts as zeros and a random one does not repeat`() {
        #expect(SecretBytes(count: 5000).copyForExport() == [UInt8](repeating: 0, count: 5000))
        #expect(SecretBytes.random(count: 32).copyForExport() != SecretBytes.random(count: 32).copyForExport())
    }

    @Test(.enabled(if: ProcessMemory.isReadable, "this system does not show a process its own memory"))
    func `nothing of a secret is left in memory when it goes`() {
        // The complement is kept, so that the pattern itself exists in the secret alone.
        let complement = SystemRandom.bytes(48)
        // The allocator writes over the first 16 bytes of what is freed, so the search is for the rest.
        let part = Array(complement.suffix(32))
        func holdAndLook() -> Int {
            // Many of them: what is freed is soon used again, and one may be written over by the search itself.
            let holders = (0..<300).map { _ in
                var bytes = complement.map { ~$0 }
                return Holder(SecretBytes(erasing: &bytes))
            }
            return withExtendedLifetime(holders) { ProcessMemory.occurrences(ofComplement: part) }
        }
        #expect(holdAndLook() >= 300, "the search must find the living secrets")
        #expect(ProcessMemory.occurrences(ofComplement: part) == 0)
    }

    @Test(.enabled(if: ProcessMemory.isReadable, "this system does not show a process its own memory"))
    func `no seed is left in memory when its key goes`() throws {
        let complement = SystemRandom.bytes(32)
        let part = Array(complement.suffix(16))
        func signAndLook() throws -> Int {
            let keys = try (0..<100).map { _ in
                var bytes = complement.map { ~$0 }
                return try PrivateSignatureKey(.mlDSA65, seed: SecretBytes(erasing: &bytes))
            }
            for key in keys { _ = try key.sign([1, 2, 3]) }
            return withExtendedLifetime(keys) { ProcessMemory.occurrences(ofComplement: part) }
        }
        #expect(try signAndLook() >= 100, "the search must find the living seeds")
        #expect(ProcessMemory.occurrences(ofComplement: part) == 0)
    }

    @Test func `equal and unequal bytes are told apart`() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2], [1, 2]))
        #expect(!constantTimeEqual([1, 2], [1, 3]))
        #expect(!constantTimeEqual([1, 2], [1, 2, 3]))
    }
}

private final class Holder: Sendable {
    let secret: SecretBytes
    init(_ secret: consuming SecretBytes) { self.secret = secret }
}

/// The writable memory of this process, as Linux shows it.
enum ProcessMemory {
    static let isReadable = FileManager.default.isReadableFile(atPath: "/proc/self/mem")

    /// How often the complement of `pattern` occurs.
    static func occurrences(ofComplement pattern: [UInt8]) -> Int {
        let maps = regions()
        let memory = unsafe open("/proc/self/mem", O_RDONLY)
        defer { close(memory) }
        var count = 0
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 1, fields[1].hasPrefix("rw"), !line.hasSuffix("[vvar]") else { continue }
            let bounds = fields[0].split(separator: "-").compactMap { Int($0, radix: 16) }
            guard bounds.count == 2 else { continue }
            var start = bounds[0]
            while start < bounds[1] {
                let size = min(1 << 20, bounds[1] - start)
                let overlap = start + size < bounds[1] ? pattern.count - 1 : 0
                let (found, length) = chunk(memory, start, size + overlap, pattern)
                count += found
                // A short read stops at a page that cannot be read: go on behind it.
                start += length >= size ? size : max(length / 4096, 1) * 4096
            }
        }
        return count
    }

    /// Read piece by piece: the system hands out a page of it at a time.
    private static func regions() -> String {
        let file = unsafe open("/proc/self/maps", O_RDONLY)
        defer { close(file) }
        var text: [UInt8] = []
        text.reserveCapacity(1 << 20)
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let length = unsafe read(file, &piece, piece.count), length > 0 { text += piece[..<length] }
        return String(decoding: text, as: UTF8.self)
    }

    private static func chunk(_ memory: Int32, _ start: Int, _ size: Int, _ pattern: [UInt8]) -> (found: Int, length: Int) {
        var buffer = [UInt8](repeating: 0, count: size)
        // The copy that is searched must not be found by the next search.
        defer { SecretBytes.erase(&buffer) }
        let length = unsafe pread(memory, &buffer, size, start)
        guard length >= pattern.count else { return (0, max(length, 0)) }
        var found = 0
        let first = ~pattern[0]
        for index in 0...(length - pattern.count) where buffer[index] == first {
            if pattern.indices.allSatisfy({ buffer[index + $0] == ~pattern[$0] }) { found += 1 }
        }
        return (found, length)
    }
}
