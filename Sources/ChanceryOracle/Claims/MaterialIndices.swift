internal import ChanceryWire

/// Which pieces of material a claim takes: ascending, each once.
public struct MaterialIndices: Sendable, Hashable {
    public static let values: ClosedRange<Int64> = 0...CanonicalForm.largestSafeInteger

    public let indices: [Int64]

    /// - Throws: `compute.claim_malformed` for none, more than 4096, or indices that do not ascend.
    public init(_ indices: [Int64]) throws(OracleError) {
        guard (1...Int(Claim.mostEvaluations)).contains(indices.count), indices.allSatisfy(Self.values.contains),
            zip(indices, indices.dropFirst()).allSatisfy(<)
        else { throw OracleError(.claimMalformed, "a claim takes 1 to 4096 indices of material, ascending") }
        self.indices = indices
    }

    var json: JSONValue { .array(indices.map { .integer($0) }) }

    init(_ reader: inout RecordReader, _ name: String) throws {
        let indices = try reader.array(name, limit: Int(Claim.mostEvaluations)).map { value in
            guard let index = value.integer else { throw WireError(.wrongType, "an index of material must be an integer") }
            return index
        }
        try self.init(indices)
    }

    /// The first index that both take.
    public func firstShared(with other: MaterialIndices) -> Int64? {
        let others = Set(other.indices)
        return indices.first(where: others.contains)
    }
}
