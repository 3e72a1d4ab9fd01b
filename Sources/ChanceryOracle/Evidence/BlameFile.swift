public import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Evidence with the terms of the activation that it is about: all that a stranger needs beside the list of custodians that he
/// pinned.
///
/// Wire form: RFC 8785 of `{blame, terms, type}`.
public struct BlameFile: Sendable {
    public static let type = "chancery/compute-blame-file/v1"

    public let terms: ActivationTerms
    public let bytes: [UInt8]

    public init(_ blame: Blame, under terms: ActivationTerms) throws {
        self.terms = terms
        let json: JSONObject = [
            "blame": try JSONParser.parse(blame.encoded(), limits: Self.limits), "terms": terms.json,
            "type": .string(Self.type),
        ]
        bytes = try CanonicalForm.jcs.encode(json)
    }

    private static var limits: JSONParser.Limits {
        .init(bytes: Blame.maximumBytes + 65_536, depth: UnverifiedRecord.maximumDepth + 6)
    }

    /// Reads and verifies evidence against one of `custodians`.
    ///
    /// - Throws: what ``Blame/verify(_:for:by:judge:opening:)`` throws; `compute.blame_unfounded` for another set of custodians.
    public static func verify(
        _ bytes: [UInt8], by custodians: CustodianSet, judge: ([Frame]) throws -> Bool,
        opening: ([(custodian: DID, frame: Frame)]) throws -> [Int]
    ) throws -> (file: BlameFile, blame: Blame, accused: [DID]) {
        let value = try JSONParser.parse(bytes, limits: limits)
        var reader = try RecordReader(value, "blame file")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(type.utf8) else {
            throw WireError(.invalidValue, "a file with evidence has the type `\(type)`")
        }
        let terms = try ActivationTerms(reader.value("terms"))
        let inner = try CanonicalForm.jcs.encode(reader.value("blame"))
        try reader.finish()
        guard terms.custodians == custodians.digest else {
            throw OracleError(.blameUnfounded, "the evidence is about another set of custodians")
        }
        let found = try Blame.verify(inner, for: terms, by: custodians, judge: judge, opening: opening)
        let file = try BlameFile(found.blame, under: terms)
        guard file.bytes == bytes else { throw WireError(.notCanonical, "the evidence is not in canonical form") }
        return (file, found.blame, found.accused)
    }
}
