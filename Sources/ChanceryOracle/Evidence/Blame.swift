public import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Evidence against custodians that convinces a stranger: it holds only what custodians signed themselves.
///
/// Wire form: RFC 8785 of `{kind, parts, type}`.
public enum Blame: Sendable {
    public static let type = "chancery/compute-blame/v1"
    public static let maximumBytes = 128 << 20

    /// Frames that the custodian sent and that are wrong, alone or together: a share off the polynomial, two different
    /// transcripts. What is wrong with them is for the protocol to say.
    case frames([FrameProof])
    /// One frame of each of several custodians in the same round: so many that the shares which are off the polynomial of the
    /// others convict whoever sent them.
    case opening([FrameProof])
    /// Two statements about the same frames.
    case batches(FrameBatch, FrameBatch)
    /// One index of material bound to two claims (rule T3).
    case claims(ClaimSignature, ClaimSignature)
    /// Two heads that no one history has.
    case heads(EventHead, EventHead)

    /// As the wire form names it.
    public var kind: String {
        switch self {
        case .frames: "frames"
        case .opening: "opening"
        case .batches: "batches"
        case .claims: "claims"
        case .heads: "heads"
        }
    }

    /// The canonical form.
    public func encoded() throws -> [UInt8] {
        let parts: [JSONValue] =
            switch self {
            case .frames(let proofs), .opening(let proofs): try proofs.map { try $0.json() }
            case .batches(let one, let other): try [one.record, other.record].map { try JSONParser.parse($0.bytes) }
            case .claims(let one, let other): try [one.record, other.record].map { try JSONParser.parse($0.bytes) }
            case .heads(let one, let other): try [one.record, other.record].map { try JSONParser.parse($0.bytes) }
            }
        let json: JSONValue = ["kind": .string(kind), "parts": .array(parts), "type": .string(Self.type)]
        return try CanonicalForm.jcs.encode(json)
    }

    /// Reads evidence and names the custodians that it convicts.
    ///
    /// `judge` says whether frames, all of one custodian and in the order of the evidence, are wrong; `opening` which of several
    /// custodians sent a wrong one, by the places of their frames.
    ///
    /// - Throws: `compute.blame_unfounded` when the parts are genuine and prove nothing; errors of reading and of false
    ///   signatures.
    public static func verify(
        _ bytes: [UInt8], for terms: ActivationTerms, by custodians: CustodianSet, judge: ([Frame]) throws -> Bool,
        opening: ([(custodian: DID, frame: Frame)]) throws -> [Int] = { _ in [] }
    ) throws -> (blame: Blame, accused: [DID]) {
        let limits = JSONParser.Limits(bytes: maximumBytes, depth: UnverifiedRecord.maximumDepth + 4)
        let value = try JSONParser.parse(bytes, limits: limits)
        var reader = try RecordReader(value, "blame")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(type.utf8) else {
            throw WireError(.invalidValue, "evidence has the type `\(type)`")
        }
        let kind = try reader.string("kind", limit: 16)
        let parts = try reader.array("parts", limit: 64)
        try reader.finish()
        let blame: Blame
        let founded: Bool
        let accused: [DID]
        switch (kind, parts.count) {
        case ("frames", 1...4):
            let proofs = try parts.map { try FrameProof($0, for: terms, by: custodians) }
            accused = [proofs[0].batch.custodian]
            blame = .frames(proofs)
            founded = try proofs.allSatisfy { $0.batch.custodian == accused[0] } && judge(proofs.map(\.frame))
        case ("opening", 2...64):
            let proofs = try parts.map { try FrameProof($0, for: terms, by: custodians) }
            let numbers = proofs.map { custodians.number(of: $0.batch.custodian) ?? 0 }
            guard zip(numbers, numbers.dropFirst()).allSatisfy(<) else {
                throw WireError(.notCanonical, "the frames of an opening are one of each custodian, ascending by number")
            }
            accused = try opening(proofs.map { ($0.batch.custodian, $0.frame) }).filter(proofs.indices.contains)
                .map { proofs[$0].batch.custodian }
            blame = .opening(proofs)
            founded = !accused.isEmpty
        case ("batches", 2):
            let pair = try parts.map { try FrameBatch.verify(UnverifiedRecord($0), for: terms, by: custodians) }
            accused = [pair[0].custodian]
            blame = .batches(pair[0], pair[1])
            founded = pair[0].contradicts(pair[1])
        case ("claims", 2):
            let pair = try parts.map { try ClaimSignature.verify(UnverifiedRecord($0), by: custodians) }
            accused = [pair[0].custodian]
            blame = .claims(pair[0], pair[1])
            founded = pair[0].activation == terms.id && pair[0].conflict(with: pair[1]) != nil
        case ("heads", 2):
            let pair = try parts.map { try EventHead.verify(UnverifiedRecord($0), for: terms, by: custodians) }
            accused = [pair[0].custodian]
            blame = .heads(pair[0], pair[1])
            founded = pair[0].compared(with: pair[1]) == .forked
        default: throw WireError(.invalidValue, "`\(kind)` with \(parts.count) parts is no evidence")
        }
        guard founded else { throw OracleError(.blameUnfounded, "the evidence is genuine and proves nothing") }
        guard try blame.encoded() == bytes else { throw WireError(.notCanonical, "the evidence is not in canonical form") }
        return (blame, accused)
    }
}

extension OracleError.Reason {
    /// Evidence that convicts nobody.
    public static let blameUnfounded = Self(rawValue: "compute.blame_unfounded")
}
