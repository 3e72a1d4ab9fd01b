import ChanceryLedger
import ChancerySuite
import Testing

struct TreeProofTests {
    @Test func `every inclusion proof from tiles is that of the definition and leads to the root`() throws {
        let log = try SampleLog(sizes: [300])
        let leaves = log.leaves
        let slow = SlowTree(leaves: leaves)
        var tree = try log.tree()
        for size in 1...300 {
            let root = slow.root(0..<size)
            #expect(try tree.root(at: UInt64(size)) == root)
            for index in 0..<size {
                let proof = try tree.inclusionProof(of: UInt64(index), at: UInt64(size))
                #expect(proof.path == slow.path(index, 0..<size), "leaf \(index) of \(size)")
                try proof.verify(leaf: leaves[index], root: root)
                #expect(throws: LedgerError.self) { try proof.verify(leaf: leaves[(index + 1) % 300], root: root) }
            }
        }
    }

    @Test func `every consistency proof from tiles is that of the definition and joins the roots`() throws {
        let log = try SampleLog(sizes: [280])
        let slow = SlowTree(leaves: log.leaves)
        let roots = (0...280).map { slow.root(0..<$0) }
        var tree = try log.tree()
        for new in 1...280 {
            for old in 1...new {
                let proof = try tree.consistencyProof(from: UInt64(old), to: UInt64(new))
                #expect(proof.path == slow.consistency(old, 0..<new), "\(old) to \(new)")
                try proof.verify(old: roots[old], new: roots[new])
                #expect(throws: LedgerError.self) { try proof.verify(old: roots[(old + 1) % 280], new: roots[new]) }
                #expect(throws: LedgerError.self) { try proof.verify(old: roots[old], new: roots[(new + 1) % 280]) }
            }
        }
    }

    @Test func `any changed bit, missing or added hash of a proof is refused`() throws {
        var tree = try SampleLog(sizes: [277]).tree()
        let inclusion = try tree.inclusionProof(of: 200)
        let leaf = try tree.leaf(200)
        let consistency = try tree.consistencyProof(from: 100)
        let (old, new) = (try tree.root(at: 100), try tree.root())
        for (path, accepts) in [
            (inclusion.path, { try InclusionProof(index: 200, size: 277, path: $0).verify(leaf: leaf, root: new) }),
            (consistency.path, { try ConsistencyProof(oldSize: 100, newSize: 277, path: $0).verify(old: old, new: new) }),
        ] as [([Digest256], ([Digest256]) throws -> Void)] {
            try accepts(path)
            for place in path.indices {
                for bit in 0..<256 {
                    var bytes = path[place].bytes
                    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                    var changed = path
                    changed[place] = try #require(Digest256(bytes))
                    #expect(throws: LedgerError.self) { try accepts(changed) }
                }
                #expect(throws: LedgerError.self) { try accepts(Array(path[..<place])) }
            }
            #expect(throws: LedgerError.self) { try accepts(path + [new]) }
        }
    }

    @Test func `hostile numbers are refused without a trap`() throws {
        let hostile: [UInt64] = [0, 1, 2, 255, 256, 1 << 32, 1 << 62, 1 << 63 - 1, 1 << 63, .max - 1, .max]
        let hash = MerkleTree.emptyRoot
        var tree = try SampleLog(sizes: [5]).tree()
        for first in hostile {
            for second in hostile {
                for length in [0, 1, 63, 64, 65, 200] {
                    let path = [Digest256](repeating: hash, count: length)
                    let refusals: [() throws -> Void] = [
                        { try InclusionProof(index: first, size: second, path: path).verify(leaf: hash, root: hash) },
                        { try ConsistencyProof(oldSize: first, newSize: second, path: path).verify(old: hash, new: hash) },
                    ]
                    for refusal in refusals where length > 0 || (first != second && second != 1) {
                        #expect(throws: LedgerError.self, "\(first) \(second) \(length)") { try refusal() }
                    }
                }
                if max(first, second) > 5 {
                    #expect(throws: LedgerError.self) { try tree.inclusionProof(of: first, at: second) }
                    #expect(throws: LedgerError.self) { try tree.consistencyProof(from: first, to: second) }
                }
            }
            if first > 5 { #expect(throws: LedgerError.self) { try tree.root(at: first) } }
            if first > 4 { #expect(throws: LedgerError.self) { try tree.leaf(first) } }
        }
        #expect(throws: LedgerError.self) { try tree.consistencyProof(from: 0) }
        #expect(throws: LedgerError.self) { try TiledTree(size: .max, reader: MemoryTiles()) }
        #expect(throws: LedgerError.self) { try TreeHead(size: .max, root: hash) }
        var empty = try TiledTree(size: 1 << 63 - 1, reader: MemoryTiles())
        #expect(throws: LedgerError.self) { try empty.inclusionProof(of: 1 << 62) }
    }
}
