import ChancerySuite
import ChanceryVault
import ChanceryWire
import Testing

/// The definitions of RFC 6962 §2.1 word by word, to compare the fast tree with.
struct SlowTree {
    let leaves: [Digest256]

    func root(_ range: Range<Int>) -> Digest256 {
        switch range.count {
        case 0: return Digest256(Digest.sha256([UInt8]()))!
        case 1: return leaves[range.lowerBound]
        default:
            let middle = range.lowerBound + split(range.count)
            let halves = root(range.lowerBound..<middle).bytes + root(middle..<range.upperBound).bytes
            return Digest256(Digest.sha256([1] + halves))!
        }
    }

    func path(_ index: Int, _ range: Range<Int>) -> [Digest256] {
        guard range.count > 1 else { return [] }
        let middle = range.lowerBound + split(range.count)
        return index < middle
            ? path(index, range.lowerBound..<middle) + [root(middle..<range.upperBound)]
            : path(index, middle..<range.upperBound) + [root(range.lowerBound..<middle)]
    }

    /// The largest power of two below `count`.
    private func split(_ count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }
}

struct TreeTests {
    private static func leaves(_ count: Int) -> [Digest256] {
        (0..<count).map { TreeHash.leaf([UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]) }
    }

    @Test(arguments: Array(0...70) + [127, 128, 129, 255, 256, 257, 1000])
    func `roots and paths are those of the definition`(count: Int) throws {
        let leaves = Self.leaves(count)
        let slow = SlowTree(leaves: leaves)
        let tree = TreeLevels(leaves: leaves)
        var edge = TreeEdge()
        edge.append(contentsOf: leaves)
        #expect(edge.root == slow.root(0..<count))
        #expect(tree.root == edge.root)
        #expect(edge.size == UInt64(count))
        for index in stride(from: 0, to: count, by: count > 100 ? 37 : 1) {
            let proof = try tree.proof(of: UInt64(index))
            #expect(proof.path == slow.path(index, 0..<count))
            #expect(proof.root(from: leaves[index]) == edge.root)
            #expect(proof.root(from: TreeHash.leaf([9, 9, 9])) != edge.root)
        }
        #expect(throws: VaultError.self) { try tree.proof(of: UInt64(count)) }
    }

    @Test(arguments: [1, 2, 3, 7, 16, 17])
    func `a path of another length or place is refused`(count: Int) throws {
        let leaves = Self.leaves(count)
        let tree = TreeLevels(leaves: leaves)
        for index in leaves.indices {
            let proof = try tree.proof(of: UInt64(index))
            for path in [proof.path + [leaves[0]], Array(proof.path.dropLast())] where path.count != proof.path.count {
                let error = #expect(throws: VaultError.self) {
                    try TreeProof(index: UInt64(index), size: UInt64(count), path: path)
                }
                #expect(error?.reason == .proofMalformed)
            }
            for other in leaves.indices where other != index {
                let moved = try? TreeProof(index: UInt64(other), size: UInt64(count), path: proof.path)
                #expect(moved?.root(from: leaves[index]) != tree.root)
            }
        }
        for size in [0, UInt64(Int64.max) + 1, .max] {
            #expect(throws: VaultError.self) { try TreeProof(index: size, size: size, path: []) }
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 8, 9, 63, 64, 65, 100])
    func `paths read from the stored levels are those of the tree`(count: Int) throws {
        let leaves = Self.leaves(count)
        let tree = TreeLevels(leaves: leaves)
        let stored = StoredTree(try BodyGeometry(length: UInt64(count - 1) * 16_384))
        let file = tree.encoded
        #expect(stored.size == UInt64(count))
        #expect(stored.byteCount == UInt64(file.count))
        for index in leaves.indices {
            let path = try stored.pathOffsets(of: UInt64(index)).map { offset in
                Digest256(Array(file[Int(offset)..<Int(offset) + 32]))!
            }
            #expect(try path == tree.proof(of: UInt64(index)).path)
        }
        #expect(throws: VaultError.self) { try stored.pathOffsets(of: UInt64(count)) }
        // Each level is the fold of the one before, also when it is folded in parts that start at even places.
        for level in stored.levels.indices.dropLast() {
            let start = Int(stored.offset(ofLevel: level))
            let nodes = Digest256.split(Array(file[start..<start + Int(stored.levels[level]) * 32]))!
            let parts = stride(from: 0, to: nodes.count, by: 4).flatMap {
                TreeHash.fold(Array(nodes[$0..<min($0 + 4, nodes.count)]))
            }
            let next = Int(stored.offset(ofLevel: level + 1))
            #expect(Digest256.joined(parts) == Array(file[next..<next + parts.count * 32]))
        }
    }

    @Test func `the largest stored tree has offsets within 64 bits`() throws {
        let stored = StoredTree(try BodyGeometry(length: BodyGeometry.maximumLength))
        #expect(stored.size == 1 << 38)
        #expect(stored.byteCount == ((1 << 39) - 2) * 32)
        #expect(try stored.pathOffsets(of: (1 << 38) - 1).count == 38)
    }

    @Test func `the statement binds root and length`() throws {
        let root = TreeHash.leaf([])
        let statement = ContentTree.statement(root: root, length: 0)
        #expect(statement.description == "7717128a1ce318dfc1eee52fd4249c95f223c2cce0269f5b69dc6c5ddc6ce862")
        #expect(ContentTree.statement(root: root, length: 1) != statement)
        #expect(ContentTree.statement(root: TreeHash.leaf([0]), length: 0) != statement)
    }
}
