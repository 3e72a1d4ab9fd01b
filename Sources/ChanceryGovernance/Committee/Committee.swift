public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// Who decides in one epoch, with which weight and by which thresholds.
///
/// ``rosterHash`` is what ballots bind, ``hash`` what consensus votes bind: an operator's key may change without
/// closing a ballot (rule G8).
public struct Committee: Sendable, Equatable {
    public static let memberCounts = 1...128

    public let federation: FederationID
    public let epoch: Int64
    /// Ascending by DID.
    public let members: [Member]
    public let thresholds: Thresholds
    /// Whether the members accept that a single one of them can stop or outvote the rest.
    public let toleratesNoFault: Bool
    public let totalWeight: Int64
    /// The epoch that began with this roster: one that comes back after a change is another roster.
    public let rosterEpoch: Int64
    /// SHA3-256 over federation, ``rosterEpoch``, thresholds and each member's DID, weight and ballot key.
    public let rosterHash: [UInt8]
    /// SHA3-256 over each member's DID, name, consensus and http key.
    public let operatorsHash: [UInt8]
    private let positions: [DID: Int]

    /// - Parameter rosterEpoch: nil when `epoch` began with this roster.
    /// - Throws: `governance.committee_invalid` for a member twice, a key twice, weights outside 1…2³² in sum, or a member
    ///   with a third of the weight in a committee that shall tolerate a fault (rule G9).
    public init(
        federation: FederationID, epoch: Int64, rosterEpoch: Int64? = nil, members: [Member], thresholds: Thresholds,
        toleratesNoFault: Bool
    ) throws {
        let rosterEpoch = rosterEpoch ?? epoch
        let sorted = members.sorted { $0.did.bytes.lexicographicallyPrecedes($1.did.bytes) }
        guard Self.memberCounts.contains(sorted.count), (0...1_000_000_000).contains(epoch) else {
            throw GovernanceError(.committeeInvalid, "a committee has 1 to \(Self.memberCounts.upperBound) members")
        }
        guard (0...epoch).contains(rosterEpoch) else {
            throw GovernanceError(.committeeInvalid, "a roster begins with an epoch up to its committee's")
        }
        guard Set(sorted.map(\.did)).count == sorted.count else {
            throw GovernanceError(.committeeInvalid, "a committee lists a member twice")
        }
        guard Set(sorted.flatMap(\.keys.ids)).count == sorted.count * 3 else {
            throw GovernanceError(.committeeInvalid, "a committee lists a key twice")
        }
        var total: Int64 = 0
        for (index, member) in sorted.enumerated() {
            guard (1...Fraction.largestWeight).contains(member.weight), member.name.utf8.count <= 64 else {
                throw GovernanceError(.committeeInvalid, "the weight or name of `\(member.did)` is out of range", index: index)
            }
            total += member.weight
            guard total <= Fraction.largestWeight else {
                throw GovernanceError(.committeeInvalid, "the weights exceed 2^32 in sum", index: index)
            }
        }
        if !toleratesNoFault, let index = sorted.firstIndex(where: { 3 * $0.weight >= total }) {
            throw GovernanceError(
                .committeeInvalid, "member `\(sorted[index].name)` has a third of the weight: no fault could be tolerated",
                index: index)
        }
        self.federation = federation
        self.epoch = epoch
        self.rosterEpoch = rosterEpoch
        self.members = sorted
        self.thresholds = thresholds
        self.toleratesNoFault = toleratesNoFault
        totalWeight = total
        positions = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1.did, $0) })
        rosterHash = try Self.hash([
            "epoch": .integer(rosterEpoch), "federation": .string(federation.text),
            "members": .array(
                sorted.map {
                    [
                        "ballot": MemberKeys.entry($0.keys.ballot), "did": .string($0.did.text), "weight": .integer($0.weight),
                    ]
                }),
            "thresholds": thresholds.json, "tolerates_no_fault": .bool(toleratesNoFault), "type": "chancery/roster/v1",
        ])
        operatorsHash = try Self.hash([
            "members": .array(
                sorted.map {
                    [
                        "consensus": MemberKeys.entry($0.keys.consensus), "did": .string($0.did.text),
                        "http": MemberKeys.entry($0.keys.http), "name": .string($0.name),
                    ]
                }), "type": "chancery/operators/v1",
        ])
    }

    private static func hash(_ value: JSONValue) throws -> [UInt8] {
        Digest.sha3_256(try CanonicalForm.jcs.encode(value))
    }

    public subscript(did: DID) -> Member? { positions[did].map { members[$0] } }

    /// SHA3-256 over epoch, roster and operators: the committee as consensus votes name it.
    public var hash: [UInt8] {
        Digest.sha3_256(
            Array("chancery/committee/v1".utf8) + [0] + federation.bytes
                + (0..<8).reversed().map { UInt8(truncatingIfNeeded: epoch >> ($0 * 8)) } + rosterHash + operatorsHash)
    }

    /// The committee of the next epoch. Where only operators change, the roster goes on.
    public func succeeded(by members: [Member]) throws -> Committee {
        let same = try successor(members, rosterEpoch: rosterEpoch)
        return try same.rosterHash == rosterHash ? same : successor(members, rosterEpoch: epoch + 1)
    }

    private func successor(_ members: [Member], rosterEpoch: Int64) throws -> Committee {
        try Committee(
            federation: federation, epoch: epoch + 1, rosterEpoch: rosterEpoch, members: members, thresholds: thresholds,
            toleratesNoFault: toleratesNoFault)
    }
}

extension Committee {
    public static let type = "chancery/committee/v1"

    public var json: JSONValue {
        [
            "epoch": .integer(epoch), "federation": .string(federation.text), "members": .array(members.map(\.json)),
            "roster_epoch": .integer(rosterEpoch), "thresholds": thresholds.json,
            "tolerates_no_fault": .bool(toleratesNoFault), "type": .string(Self.type),
        ]
    }

    /// Reads a committee. Nobody vouches for it yet: its epoch's decision or genesis does.
    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "committee")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
            throw GovernanceError(.committeeInvalid, "the document is no `\(Self.type)`")
        }
        let members = try reader.array("members", limit: Self.memberCounts.upperBound).map { try Member($0) }
        try self.init(
            federation: FederationID(reader.string("federation", limit: 64)), epoch: reader.integer("epoch"),
            rosterEpoch: reader.integer("roster_epoch"), members: members, thresholds: Thresholds(reader.value("thresholds")),
            toleratesNoFault: reader.bool("tolerates_no_fault"))
        try reader.finish()
        guard zip(self.members, members).allSatisfy({ $0.did == $1.did }) else {
            throw GovernanceError(.committeeInvalid, "the members are not in ascending order")
        }
    }
}

extension GovernanceError.Reason {
    /// A committee that could not decide soundly, or members that do not belong together.
    public static let committeeInvalid = Self(rawValue: "governance.committee_invalid")
}
