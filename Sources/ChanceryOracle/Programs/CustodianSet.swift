public import ChanceryLedger
public import ChancerySuite
internal import ChanceryWire

/// One of the parties that hold shares of a program's secrets.
public struct Custodian: Sendable, Hashable {
    public let did: DID
    /// With which its people approve programs.
    public let approval: VerifyingKey<Purpose.Approval>
    /// With which its process signs claims, frames and heads.
    public let key: VerifyingKey<Purpose.Custodian>

    public init(did: DID, approval: VerifyingKey<Purpose.Approval>, key: VerifyingKey<Purpose.Custodian>) {
        self.did = did
        self.approval = approval
        self.key = key
    }

    public static func == (left: Custodian, right: Custodian) -> Bool {
        left.did == right.did && left.approval == right.approval && left.key == right.key
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(did) }
}

/// The custodians of a program: n of them, of whom any t = K − 1 learn nothing.
///
/// The order is that of the DIDs, so everybody gives a custodian the same number from 1 to n.
public struct CustodianSet: Sendable, Hashable {
    public static let type = "chancery/compute-custodians/v1"
    public static let sizes = 3...64

    /// Ascending by DID.
    public let custodians: [Custodian]
    /// How many custodians hold a secret together (K).
    public let threshold: Int
    /// SHA3-256 of the canonical form: who they are, by which keys, and how many it takes.
    public let digest: [UInt8]

    /// How many may lie or fail without an answer becoming wrong (t = K − 1).
    public var faults: Int { threshold - 1 }

    /// How many custodians sign a claim before anything is released: more than (n+t)/2, so that two certificates share an
    /// honest signer (rule T3).
    public var quorum: Int { (custodians.count + faults) / 2 + 1 }

    /// Sorts `custodians`.
    ///
    /// - Throws: `compute.custodians_invalid` unless there are 3 to 64, all DIDs and keys differ and n ≥ 2K − 1.
    public init(_ custodians: [Custodian], threshold: Int) throws {
        let sorted = custodians.sorted { $0.did.bytes.lexicographicallyPrecedes($1.did.bytes) }
        guard Self.sizes.contains(sorted.count), threshold >= 2, threshold <= (sorted.count + 1) / 2 else {
            throw OracleError(.custodiansInvalid, "\(sorted.count) custodians cannot run a program with K = \(threshold)")
        }
        let keys = sorted.flatMap { [$0.approval.id, $0.key.id] }
        guard Set(sorted.map(\.did)).count == sorted.count, Set(keys).count == keys.count else {
            throw OracleError(.custodiansInvalid, "a custodian or a key stands twice among the custodians")
        }
        self.custodians = sorted
        self.threshold = threshold
        digest = Digest.sha3_256(try CanonicalForm.jcs.encode(Self.json(sorted, threshold)))
    }

    /// The custodian's number, from 1.
    public func number(of did: DID) -> Int? { custodians.firstIndex { $0.did == did }.map { $0 + 1 } }

    public subscript(did: DID) -> Custodian? { custodians.first { $0.did == did } }

    func require(_ did: DID) throws(OracleError) -> Custodian {
        guard let custodian = self[did] else {
            throw OracleError(.notACustodian, "`\(did.text)` is no custodian of this program")
        }
        return custodian
    }

    /// Verifies a record in which a custodian names itself.
    ///
    /// - Throws: `compute.not_a_custodian` for a stranger; errors of a false signature.
    func verify(_ record: UnverifiedRecord, type: String) throws -> VerifiedRecord {
        guard let text = record.body["custodian"]?.string else {
            throw WireError(.missingMember, "a `\(type)` lacks `custodian`")
        }
        return try record.verify(type: type, by: require(DID(text)).key)
    }

    private static func json(_ custodians: [Custodian], _ threshold: Int) -> JSONValue {
        [
            "custodians": .array(
                custodians.map {
                    [
                        "approval": .string(Hex.encode($0.approval.id)), "did": .string($0.did.text),
                        "key": .string(Hex.encode($0.key.id)),
                    ]
                }),
            "threshold": .integer(Int64(threshold)), "type": .string(type),
        ]
    }
}

extension OracleError.Reason {
    /// A set of custodians that cannot run a program, or holds somebody twice.
    public static let custodiansInvalid = Self(rawValue: "compute.custodians_invalid")
    /// Named as a custodian, and is none of this program.
    public static let notACustodian = Self(rawValue: "compute.not_a_custodian")
}
