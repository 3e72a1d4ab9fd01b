import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

struct MerkleTreeTests {
    static let leaves = (0..<300).map { MerkleTree.leafHash([UInt8($0 & 255), UInt8($0 >> 8)]) }

    @Test func `hashes are those of RFC 6962`() {
        // Known answers of RFC 6962 trees, as in the published test data of several implementations.
        #expect("\(MerkleTree.emptyRoot)" == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect("\(MerkleTree.leafHash([]))" == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        let tree = [[], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43]].map { MerkleTree.leafHash($0) }
        #expect("\(MerkleTree.root(of: tree))" == "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")
    }

    @Test func `the frontier has the root that the definition gives, at every size`() throws {
        let slow = SlowTree(leaves: Self.leaves)
        var frontier = MerkleFrontier()
        for size in 0...Self.leaves.count {
            #expect(frontier.root == slow.root(0..<size), "size \(size)")
            #expect(try MerkleFrontier(decoding: frontier.encoded) == frontier)
            if size < Self.leaves.count { frontier.append(Self.leaves[size]) }
        }
    }

    @Test func `a frontier of any other length is refused`() throws {
        var frontier = MerkleFrontier()
        for leaf in Self.leaves { frontier.append(leaf) }
        let golden = frontier.encoded
        for length in 0..<golden.count {
            #expect(throws: WireError.self) { try MerkleFrontier(decoding: Array(golden[..<length])) }
        }
        #expect(throws: WireError.self) { try MerkleFrontier(decoding: golden + [0]) }
        #expect(throws: WireError.self) { try MerkleFrontier(decoding: [UInt8](repeating: 255, count: 8 + 64 * 32)) }
    }

    @Test func `paths among leaves are those of the definition`() throws {
        for size in 1...70 {
            let leaves = Array(Self.leaves[..<size])
            for index in 0..<size {
                let path = try MerkleTree.path(of: index, in: leaves)
                #expect(path == SlowTree(leaves: leaves).path(index, 0..<size))
            }
        }
        #expect(throws: LedgerError.self) { try MerkleTree.path(of: 5, in: Array(Self.leaves[..<5])) }
        #expect(throws: LedgerError.self) { try MerkleTree.path(of: -1, in: Self.leaves) }
    }

    @Test func `a frontier takes more than two million leaves a second`() {
        var frontier = MerkleFrontier()
        let count = 1_000_000
        let time = ContinuousClock().measure {
            for index in 0..<count { frontier.append(Self.leaves[index % 256]) }
        }
        #expect(frontier.size == UInt64(count))
        print("frontier: \(Int(Double(count) / (time / .seconds(1)))) appends/s")
        // A tenth of the promise: this machine may be busy with other things.
        #expect(time < .seconds(5), "\(time)")
    }
}
