public import ChanceryGovernance
public import ChanceryLedger
public import ChancerySuite
import ChanceryWire

/// A federation whose members' keys come from numbers, the same ones every time.
public struct SampleFederation: Sendable {
    public let genesis: Genesis
    /// In the order of the weights that were asked for, which is not that of the committee.
    public let dids: [DID]
    public let keys: [MemberSigningKeys]
    public var committee: Committee { genesis.committee }

    public init(
        weights: [Int64], thresholds: Thresholds = Thresholds(), toleratesNoFault: Bool = false, name: String = "sample",
        ballotSuite: SignatureSuite = .mlDSA65
    ) throws {
        var founders: [Genesis.Founder] = []
        var keys: [MemberSigningKeys] = []
        for (index, weight) in weights.enumerated() {
            let number = UInt8(index + 1)
            let own = try SampleKeys.memberKeys(number, ballotSuite: ballotSuite)
            founders.append(.init(try SampleKeys.enrolment(number, keys: own), weight: weight))
            keys.append(own)
        }
        self.keys = keys
        dids = founders.map(\.enrolment.did)
        genesis = try Genesis.make(
            name: name, founders: founders, thresholds: thresholds, toleratesNoFault: toleratesNoFault,
            at: SampleKeys.time(1), salt: SampleKeys.salt(7))
    }

    /// A proposal of the first member that lives for a day.
    public func proposal(_ parameters: ProposalParameters, basis: Basis, salt: UInt8 = 5) throws -> Proposal {
        try .make(
            ProposalTerms(
                parameters, basis: basis, in: committee, title: "sample", proposer: dids[0], created: SampleKeys.time(10),
                expires: SampleKeys.time(80_000), salt: SampleKeys.salt(salt)),
            in: committee, key: keys[0].ballot)
    }

    public func ballot(_ choice: Choice, on proposal: [UInt8], by member: Int) throws -> Ballot {
        try .cast(choice, on: proposal, as: dids[member], in: committee, key: keys[member].ballot)
    }
}

extension SampleKeys {
    public static func memberKeys(
        _ number: UInt8, rotations: UInt8 = 0, ballotSuite: SignatureSuite = .mlDSA65
    ) throws -> MemberSigningKeys {
        MemberSigningKeys(
            ballot: try key(number, rotations, 5, ballotSuite), consensus: try key(number, rotations, 6, .mlDSA65),
            http: try key(number, rotations, 7, .mlDSA65))
    }

    /// `documents` says how long the history of the member's identity is.
    public static func enrolment(_ number: UInt8, keys: MemberSigningKeys, documents: UInt8 = 1) throws -> Enrolment {
        var history = [try document(number)]
        for rotation in 1..<max(documents, 1) {
            let (old, new) = (try Self.keys(number, rotations: rotation - 1), try Self.keys(number, rotations: rotation))
            history.append(try history[history.count - 1].rotate(from: old, to: new, at: time(0), salt: salt(number)))
        }
        return try .make(
            history, name: "node-\(number)", keys: keys,
            by: Self.keys(number, rotations: UInt8(history.count - 1)).record, at: time(0), salt: salt(number))
    }
}
