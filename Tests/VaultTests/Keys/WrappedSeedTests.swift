import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// A child's seed lies wrapped under its root, bound to everything that never changes about the child.
struct WrappedSeedTests {
    private let root: KeyStatement
    private let child: KeyStatement
    private let wrapped: WrappedSeed

    init() throws {
        root = try Sample.key(.root, 1)
        child = try Sample.key(.model, 2, subject: Sample.subject(1))
        wrapped = try WrappedSeed.wrap(Sample.secret(2, 32), of: child, under: root)
    }

    @Test(arguments: [(VaultKeyKind.model, VaultKeyAlgorithm.xWing), (.data, .mlKEM1024), (.api, .mlDSA65), (.service, .xWing)])
    func `every kind of child comes back as it went in`(kind: VaultKeyKind, algorithm: VaultKeyAlgorithm) throws {
        let child = try Sample.key(kind, 5, algorithm, subject: KeyStatementTests.subject(of: kind))
        let wrapped = try WrappedSeed.wrap(Sample.secret(5, algorithm.seedBytes), of: child, under: root)
        let read = try WrappedSeed(wrapped.bytes)
        #expect(read == wrapped)
        let seed = try read.unwrap(child, with: Sample.root(1))
        #expect(seed.copyForExport() == Sample.bytes(5, algorithm.seedBytes))
    }

    @Test func `what another implementation wrapped from the page opens`() throws {
        let test = try #require(VaultVectors.document("keys.json", in: "vault")["wrapped_seed"])
        let child = try KeyStatement(#require(test["statement"]))
        let wrapped = try WrappedSeed(Array(#require(test["wrapped"]?.string).utf8))
        var seed = try Hex.decode(#require(test["root_seed"]?.string))
        let root = try DecapsulationKey(.mlKEM1024, seed: SecretBytes(erasing: &seed))
        #expect(try wrapped.unwrap(child, with: root).copyForExport() == Hex.decode(#require(test["child_seed"]?.string)))
        // The terms as the page has them, and no others.
        let statement = try KeyStatement(
            .api, .mlDSA65, publicKey: child.publicKey, at: Sample.start, lifetime: 30 * Sample.day)
        #expect(statement == child)
    }

    @Test func `another root, another child or changed terms do not open it`() throws {
        #expect(code { _ = try wrapped.unwrap(child, with: Sample.root(3)) } == "vault.unwrap_failed")
        let sibling = try Sample.key(.model, 4, subject: Sample.subject(1))
        #expect(code { _ = try wrapped.unwrap(sibling, with: Sample.root(1)) } == "vault.unwrap_failed")
        // The same key with another end, another version or another start.
        for changed in [
            try Sample.key(.model, 2, subject: Sample.subject(1), lifetime: 5),
            try Sample.key(.model, 2, subject: Sample.subject(1, version: 2)),
            try Sample.key(.model, 2, subject: Sample.subject(1), at: Sample.after(1)),
        ] {
            #expect(changed.id == child.id)
            #expect(code { _ = try wrapped.unwrap(changed, with: Sample.root(1)) } == "vault.unwrap_failed")
        }
    }

    @Test func `a seed of another key is not wrapped, nor is anything under another key than a root`() throws {
        #expect(code { _ = try WrappedSeed.wrap(Sample.secret(9), of: child, under: root) } == "vault.unwrap_failed")
        #expect(code { _ = try WrappedSeed.wrap(Sample.secret(2), of: child, under: child) } == "vault.key_purpose")
        let other = try Sample.key(.root, 3)
        #expect(code { _ = try WrappedSeed.wrap(Sample.secret(3, 64), of: other, under: root) } == "vault.key_purpose")
    }

    @Test func `every flipped byte and every cut is refused`() throws {
        let key = try Sample.root(1)
        let bytes = wrapped.bytes
        for index in stride(from: 0, to: bytes.count, by: 5) {
            #expect(throws: (any Error).self, "byte \(index)") {
                _ = try WrappedSeed(bytes.flipping(index, UInt8(index % 8))).unwrap(child, with: key)
            }
        }
        for length in stride(from: 0, to: bytes.count, by: 13) {
            #expect(throws: (any Error).self, "\(length) bytes") { _ = try WrappedSeed(Array(bytes[..<length])) }
        }
        #expect(throws: (any Error).self) { _ = try WrappedSeed(bytes + [0x20]) }
    }

    @Test func `moving it to another root touches neither child nor what that wraps`() throws {
        let next = try Sample.key(.root, 3, after: root)
        let moved = try wrapped.moved(child, from: Sample.root(1), to: next)
        #expect(moved.child == wrapped.child && moved.parent == next.id)
        #expect(try moved.unwrap(child, with: Sample.root(3)).copyForExport() == Sample.bytes(2))
        #expect(code { _ = try moved.unwrap(child, with: Sample.root(1)) } == "vault.unwrap_failed")
        // Two wraps of one seed have nothing in common.
        #expect(moved.encapsulated != wrapped.encapsulated && moved.sealed != wrapped.sealed)
    }
}
