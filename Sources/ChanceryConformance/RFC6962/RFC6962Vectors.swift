import ChanceryLedger
import ChancerySuite
import ChanceryWire

/// The proof cases of transparency-dev/merkle: good and bad inclusion and consistency proofs.
public enum RFC6962Vectors {
    public static let runners: [VectorRunner] = [
        VectorRunner("RFC 6962 inclusion proofs", recognises: { holds($0, "inclusion.json", "leafIdx") }) { file, _, log in
            try run(file, &log, checkInclusion)
        },
        VectorRunner("RFC 6962 consistency proofs", recognises: { holds($0, "consistency.json", "size1") }) { file, _, log in
            try run(file, &log, checkConsistency)
        },
    ]

    private static func holds(_ file: VectorFile, _ name: String, _ member: String) -> Bool {
        file.name == name && file.json?["vectors"]?.array?.first?["vector"]?[member] != nil
    }

    private static func run(
        _ file: VectorFile, _ log: inout CaseLog, _ check: (inout RecordReader) throws -> Void
    ) throws {
        for element in file.json?["vectors"]?.array ?? [] {
            var reader = try RecordReader(element, "vector")
            let name = try reader.string("name")
            let vector = try reader.value("vector")
            log.run(name) { comparison in
                var members = try RecordReader(vector, "vector")
                let isBad = try members.bool("wantErr")
                guard isBad else { return try check(&members) }
                comparison.throwing("the bad proof") { try check(&members) }
            }
        }
    }

    private static func checkInclusion(_ vector: inout RecordReader) throws {
        let proof = try InclusionProof(
            index: number("leafIdx", &vector), size: number("treeSize", &vector), path: path(&vector))
        try proof.verify(leaf: hash(vector.string("leafHash")), root: hash(vector.string("root")))
    }

    private static func checkConsistency(_ vector: inout RecordReader) throws {
        let proof = try ConsistencyProof(
            oldSize: number("size1", &vector), newSize: number("size2", &vector), path: path(&vector))
        try proof.verify(old: anyRoot(vector.string("root1")), new: anyRoot(vector.string("root2")))
    }

    /// Sizes and indices reach 2^64−1 in bad cases.
    private static func number(_ name: String, _ vector: inout RecordReader) throws -> UInt64 {
        let value = try vector.value(name)
        let number =
            switch value {
            case .integer(let number): UInt64(exactly: number)
            case .bigInteger(let digits): UInt64(digits)
            default: UInt64?.none
            }
        guard let number else { throw WireError(.invalidNumber, "`\(name)` is no 64-bit number") }
        return number
    }

    private static func path(_ vector: inout RecordReader) throws -> [Digest256] {
        let value = try vector.value("proof")
        return value.isNull ? [] : try vector.array("proof").map { try hash($0.string ?? "") }
    }

    /// Some cases name roots by short words, because only their being equal matters. Each word stands for a root of its
    /// own here, so equal stays equal.
    private static func anyRoot(_ text: String) throws -> Digest256 {
        let bytes = try Base64.standard.decode(text)
        return Digest256(bytes) ?? .sha256(prefix: 0xff, bytes)
    }

    private static func hash(_ text: String) throws -> Digest256 {
        guard let hash = Digest256(try Base64.standard.decode(text)) else {
            throw WireError(.invalidValue, "a hash has 32 bytes")
        }
        return hash
    }
}
