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
        func holdAndLook() -> Int {
            var bytes = complement.map { ~$0 }
            let secret = SecretBytes(erasing: &bytes)
            let count = ProcessMemory.occurrences(ofComplement: complement)
            return secret.count == 48 ? count : -1
        }
        #expect(holdAndLook() >= 1, "the search must find a living secret")
        #expect(ProcessMemory.occurrences(ofComplement: complement) == 0)
    }

    @Test(.enabled(if: ProcessMemory.isReadable, "this system does not show a process its own memory"))
    func `no seed is left in memory when its key goes`() throws {
        let complement = SystemRandom.bytes(32)
        func signOnce() throws -> Int {
            var bytes = complement.map { ~$0 }
            let key = try PrivateSignatureKey(.mlDSA65, seed: SecretBytes(erasing: &bytes))
            _ = try key.sign([1, 2, 3])
            let found = ProcessMemory.occurrences(ofComplement: complement)
            return key.publicKey.isEmpty ? -1 : found
        }
        #expect(try signOnce() >= 1, "the search must find a living seed")
        #expect(ProcessMemory.occurrences(ofComplement: complement) == 0)
    }

    @Test func `equal and unequal bytes are told apart`() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2], [1, 2]))
        #expect(!constantTimeEqual([1, 2], [1, 3]))
        #expect(!constantTimeEqual([1, 2], [1, 2, 3]))
    }
}

/// The writable memory of this process, as Linux shows it.
enum ProcessMemory {
    static let isReadable = FileManager.default.isReadableFile(atPath: "/proc/self/mem")

    /// How often the complement of `pattern` occurs.
    static func occurrences(ofComplement pattern: [UInt8]) -> Int {
        guard let maps = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8) else { return -1 }
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
                count += chunk(memory, start, size + (start + size < bounds[1] ? pattern.count - 1 : 0), pattern)
                start += size
            }
        }
        return count
    }

    private static func chunk(_ memory: Int32, _ start: Int, _ size: Int, _ pattern: [UInt8]) -> Int {
        var buffer = [UInt8](repeating: 0, count: size)
        // The copy that is searched must not be found by the next search.
        defer { SecretBytes.erase(&buffer) }
        let length = unsafe pread(memory, &buffer, size, start)
        guard length >= pattern.count else { return 0 }
        var found = 0
        let first = ~pattern[0]
        for index in 0...(length - pattern.count) where buffer[index] == first {
            if pattern.indices.allSatisfy({ buffer[index + $0] == ~pattern[$0] }) { found += 1 }
        }
        return found
    }
}
