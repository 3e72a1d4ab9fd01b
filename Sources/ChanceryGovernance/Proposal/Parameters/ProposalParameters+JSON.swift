internal import ChanceryLedger
public import ChanceryWire

extension ProposalParameters {
    /// Most freezes that one proposal lifts.
    public static let freezes = 1...256

    public var json: JSONValue {
        get throws {
            switch self {
            case .authorizeModel(let manifest, let scope, let constraints):
                [
                    "constraints": constraints.json, "manifest": .string(Hex.encode(manifest)), "scope": .string(scope.text),
                ]
            case .revokeModel(let manifest, let scope):
                ["manifest": .string(Hex.encode(manifest)), "scope": .string(scope.text)]
            case .authorizeAgent(let agent, let role, let scope, let constraints):
                [
                    "agent": .string(agent.text), "constraints": constraints.json, "role": .string(role),
                    "scope": .string(scope.text),
                ]
            case .revokeAgent(let agent, let scope): ["agent": .string(agent.text), "scope": .string(scope.text)]
            case .updatePolicy(let policy): ["policy": .string(Hex.encode(policy))]
            case .addNode(let enrolment, let weight): ["enrolment": try enrolment.json, "weight": .integer(weight)]
            case .removeNode(let member): ["did": .string(member.text)]
            case .emergencyFreeze(let scope, let rooms, let reason):
                [
                    "reason": .string(reason), "rooms": .array(rooms.sorted().map { .string($0.rawValue) }),
                    "scope": .string(scope.text),
                ]
            case .unfreeze(let freezes): ["freezes": .array(freezes.map { .string(Hex.encode($0)) })]
            case .delegation(let terms): terms.json
            case .rotateKey(let enrolment): ["enrolment": try enrolment.json]
            case .activateProgram(let terms): terms.json
            }
        }
    }

    /// Reads the parameters of a proposal of `kind`. Enrolments are verified here, which costs signature checks.
    ///
    /// - Throws: `governance.proposal_malformed`, and what the codec and enrolments throw.
    public init(_ kind: ProposalKind, _ value: JSONValue) throws {
        var reader = try RecordReader(value, kind.rawValue)
        switch kind {
        case .authorizeModel:
            self = .authorizeModel(
                manifest: try reader.hex("manifest", count: 32), scope: try reader.scope(),
                constraints: try Constraints(reader.value("constraints")))
        case .revokeModel: self = .revokeModel(manifest: try reader.hex("manifest", count: 32), scope: try reader.scope())
        case .authorizeAgent:
            self = .authorizeAgent(
                try reader.did("agent"), role: try reader.string("role", limit: 64), scope: try reader.scope(),
                constraints: try Constraints(reader.value("constraints")))
        case .revokeAgent: self = .revokeAgent(try reader.did("agent"), scope: try reader.scope())
        case .updatePolicy: self = .updatePolicy(try reader.hex("policy", count: 32))
        case .addNode:
            self = .addNode(
                try Enrolment(verifying: reader.value("enrolment")),
                weight: try reader.integer("weight", in: 1...Fraction.largestWeight))
        case .removeNode: self = .removeNode(try reader.did("did"))
        case .emergencyFreeze:
            self = .emergencyFreeze(
                scope: try reader.scope(), rooms: try Room.set(&reader), reason: try reader.string("reason", limit: 512))
        case .unfreeze:
            self = .unfreeze(
                try reader.array("freezes", limit: Self.freezes.upperBound).map { try Hex.decode($0.string ?? "", count: 32) })
        case .delegation:
            self = .delegation(try DelegationTerms(value))
            return
        case .rotateKey: self = .rotateKey(try Enrolment(verifying: reader.value("enrolment")))
        case .activateProgram:
            self = .activateProgram(try ProgramTerms(value))
            return
        }
        try reader.finish()
        try check()
    }

    /// The limits that the types above do not hold by themselves.
    func check() throws(GovernanceError) {
        let fits =
            switch self {
            case .authorizeModel(let manifest, _, _), .revokeModel(let manifest, _): manifest.count == 32
            case .authorizeAgent(_, let role, _, _): (1...64).contains(role.utf8.count)
            case .updatePolicy(let policy): policy.count == 32
            case .addNode(_, let weight): (1...Fraction.largestWeight).contains(weight)
            case .emergencyFreeze(_, let rooms, let reason): !rooms.isEmpty && reason.utf8.count <= 512
            case .unfreeze(let freezes):
                Self.freezes.contains(freezes.count) && freezes.allSatisfy { $0.count == 32 }
                    && zip(freezes, freezes.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }
            default: true
            }
        guard fits else {
            throw GovernanceError(.proposalMalformed, "the parameters of `\(kind.rawValue)` are outside their limits")
        }
    }
}

extension Room {
    /// The member `rooms`: one to three of them, ascending.
    static func set(_ reader: inout RecordReader) throws -> Set<Room> {
        let rooms = try reader.array("rooms", limit: allCases.count).map { value in
            guard let room = Room(rawValue: value.string ?? "") else {
                throw GovernanceError(.proposalMalformed, "a room is compute, gate or vault")
            }
            return room
        }
        guard !rooms.isEmpty, zip(rooms, rooms.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw GovernanceError(.proposalMalformed, "rooms are listed once, in ascending order")
        }
        return Set(rooms)
    }
}

extension RecordReader {
    mutating func did(_ name: String) throws(WireError) -> DID { try DID(string(name, limit: 128)) }
}
