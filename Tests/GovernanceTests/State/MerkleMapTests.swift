import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct MerkleMapTests {
    private static func key(_ number: Int64) throws -> MapKey { try MapKey(table: "sample", .integer(number)) }

    private static func map(_ count: Int64) throws -> MerkleMap {
        var map = MerkleMap()
        for number in 0..<count { map[try key(number)] = [UInt8(number % 251)] }
        return map
    }

    /// Keys before the first, after the last and between any two entries of a map.
    private static let absent: [Int64] = Array(1000..<1040)

    @Test func `after any changes the map is that of its definition`() throws {
        var random = Mutator("merkle map", corpus: [])
        var map = MerkleMap()
        var slow = SlowMap()
        for step in 0..<2000 {
            let key = try Self.key(Int64(random.next(60)))
            let value = random.next(3) == 0 ? nil : [UInt8](repeating: UInt8(random.next(256)), count: random.next(40))
            map[key] = value
            slow.entries[key.bytes] = value
            #expect(map.head.root.bytes == slow.root, "step \(step) of seed \(random.seed)")
            #expect(map.head.size == UInt64(slow.entries.count) && map.count == slow.entries.count)
            #expect(map[key] == value)
        }
    }

    @Test func `the order of changes leaves no trace`() throws {
        var other = MerkleMap()
        for number in (0..<50 as Range<Int64>).reversed() { other[try Self.key(number)] = [1] }
        for number in 0..<50 as Range<Int64> { other[try Self.key(number)] = [UInt8(number % 251)] }
        #expect(try other == Self.map(50))
    }

    @Test(arguments: 0...33 as ClosedRange<Int64>)
    func `presence and absence are proven for maps of every shape`(count: Int64) throws {
        let map = try Self.map(count)
        let head = map.head
        for number in 0..<count {
            let key = try Self.key(number)
            let proof = try MapProof(map.proof(of: key).json, count: head.size)
            try proof.verify(key, map[key], head: head)
            #expect(code { try proof.verify(key, nil, head: head) } == "governance.map_proof_false")
            #expect(code { try proof.verify(key, [255, 0], head: head) } == "governance.map_proof_false")
            #expect(
                code { try proof.verify(Self.key(number + 1), [UInt8(number)], head: head) } == "governance.map_proof_false")
        }
        for number in Self.absent {
            let key = try Self.key(number)
            let proof = try MapProof(map.proof(of: key).json, count: head.size)
            try proof.verify(key, nil, head: head)
            #expect(code { try proof.verify(key, [0], head: head) } == "governance.map_proof_false")
            for other in 0..<count {
                #expect(
                    code { try proof.verify(Self.key(other), nil, head: head) } == "governance.map_proof_false",
                    "the absence of \(number) shows that of \(other)")
            }
        }
    }

    @Test func `no proof holds under another root or count`() throws {
        let map = try Self.map(20)
        var changed = map
        changed[try Self.key(3)] = [9]
        for number in [3, 7, 1000, 1001, 1002] as [Int64] {
            let key = try Self.key(number)
            let proof = map.proof(of: key)
            for other in [changed.head, try Self.map(21).head, try TreeHead(size: 19, root: map.head.root), .empty] {
                #expect(code { try proof.verify(key, map[key], head: other) } == "governance.map_proof_false")
            }
        }
    }

    @Test func `neighbours that are not next to each other show nothing`() throws {
        let map = try Self.map(40)
        let keys = try (0..<40 as Range<Int64>).map { try Self.key($0) }.sorted()
        func neighbour(_ place: Int) throws -> MapProof.Neighbour {
            // The absence of a key just above a present one names that one.
            var bytes = keys[place].bytes
            bytes[31] ^= 1
            guard case .absent(let below, let above) = map.proof(of: MapKey(hash: bytes)) else {
                throw Missing()
            }
            return try #require([below, above].compactMap { $0 }.first { $0.key == keys[place] })
        }
        let hidden = keys[20]
        let proofs: [MapProof] = [
            .absent(below: try neighbour(19), above: try neighbour(21)), .absent(below: nil, above: try neighbour(21)),
            .absent(below: try neighbour(19), above: nil), .absent(below: nil, above: nil),
            .absent(below: try neighbour(21), above: try neighbour(19)),
        ]
        for proof in proofs {
            #expect(code { try proof.verify(hidden, nil, head: map.head) } == "governance.map_proof_false")
        }
    }

    private struct Missing: Error {}

    @Test(arguments: [4, 1000, 1017] as [Int64])
    func `every truncation and changed bit of a proof is refused`(number: Int64) async throws {
        let map = try Self.map(17)
        let (key, head) = (try Self.key(number), map.head)
        let golden = try CanonicalForm.jcs.encode(map.proof(of: key).json)
        let refused: @Sendable ([UInt8]) -> Bool = { bytes in
            isRefused {
                let value = try JSONParser.parse(bytes)
                guard try CanonicalForm.jcs.encode(value) == bytes else { throw WireError(.notCanonical, "") }
                try MapProof(value, count: head.size).verify(key, map[key], head: head)
            }
        }
        #expect(!refused(golden))
        for length in 0..<golden.count { #expect(refused(Array(golden[..<length])), "\(length) bytes") }
        let accepted = await inParallel(bitFlips(of: golden)) { refused(golden.flipping($0.byte, $0.bit)) ? nil : $0 }
        #expect(accepted.isEmpty, "\(accepted)")
    }

    @Test func `the map has the bytes of the specification`() throws {
        #expect(
            try Hex.encode(MapKey(table: "sample", 1).bytes)
                == "254d93920ae6eea26996a21105ef4aff51a456b8d7a02c9400345069ce3ae896")
        #expect(
            try Self.map(3).head.root.description
                == "1669be9c44116d84c7ccfd477403caf578ca032333d526545b82b01dccfcec96")
    }
}
