internal import ChanceryThreshold
internal import ChanceryWire

/// A session under way.
final class Run {
    enum Work {
        case keys(Box<KeyAgreement>, epoch: Int64)
        /// With the number of the custodian that ordered it.
        case material(Box<MaterialSession>, MaterialOrder, by: Int)
        case evaluation(Box<EvaluationSession>, ClaimState)
    }

    let id: RunID
    let work: Work
    var deadline: UTCTime
    /// Custodians that were caught.
    var named: Set<Int> = []
    /// Whether it ends for a reason that is nobody's fault.
    var isVoid = false
    /// Of material that this custodian ordered: with whom it failed first, as others of the order say.
    var told: [Int: [Int]] = [:]

    init(_ id: RunID, _ work: Work, until deadline: UTCTime) {
        self.id = id
        self.work = work
        self.deadline = deadline
    }

    func start() -> [RunStep] {
        switch work {
        case .keys(let box, _): box.value?.start() ?? []
        case .material(let box, _, _): box.value?.start() ?? []
        case .evaluation(let box, _): box.value?.start() ?? []
        }
    }

    func receive(_ frame: [UInt8], from party: Int) -> [RunStep] {
        switch work {
        case .keys(let box, _): box.value?.receive(frame, from: party) ?? []
        case .material(let box, _, _): box.value?.receive(frame, from: party) ?? []
        case .evaluation(let box, _): box.value?.receive(frame, from: party) ?? []
        }
    }

    func receiveFromClient(_ frame: [UInt8]) -> [RunStep] {
        guard case .evaluation(let box, _) = work else { return [] }
        return box.value?.receiveFromClient(frame) ?? []
    }

    /// Whether the others are a round ahead.
    var isBehind: Bool {
        switch work {
        case .keys: false
        case .material(let box, _, _): box.value?.isBehind == true
        case .evaluation(let box, _): box.value?.isBehind == true
        }
    }

    func timeOut() -> [RunStep] {
        switch work {
        case .keys(let box, _): box.value?.timeOut() ?? []
        case .material(let box, _, _): box.value?.timeOut() ?? []
        case .evaluation(let box, _): box.value?.timeOut() ?? []
        }
    }
}

/// Material that custodians agreed to make.
struct MaterialOrder: Sendable, Hashable {
    let program: [UInt8]
    let purpose: StreamPurpose
    let epoch: Int64
    let indices: Range<UInt64>
    let parties: [Int]
    /// The index under which the secrets were installed.
    let secrets: UInt64?

    static let mostIndices: Int64 = 1 << 16

    var notice: JSONObject {
        [
            "count": .integer(Int64(indices.count)), "epoch": .integer(epoch),
            "first": .integer(Int64(clamping: indices.lowerBound)), "notice": "material",
            "parties": .array(parties.map { .integer(Int64($0)) }), "program": .string(Hex.encode(program)),
            "purpose": .integer(Int64(purpose.rawValue)),
            "secrets": secrets.map { .integer(Int64(clamping: $0)) } ?? .null,
        ]
    }

    init(
        program: [UInt8], purpose: StreamPurpose, epoch: Int64, indices: Range<UInt64>, parties: [Int], secrets: UInt64?
    ) {
        self.program = program
        self.purpose = purpose
        self.epoch = epoch
        self.indices = indices
        self.parties = parties
        self.secrets = secrets
    }

    init(_ notice: JSONObject) throws {
        var reader = RecordReader(notice, "order of material")
        _ = try reader.string("notice", limit: 32)
        program = try reader.hex("program", count: 32)
        epoch = try reader.integer("epoch")
        guard let purpose = StreamPurpose(rawValue: UInt8(clamping: try reader.integer("purpose"))) else {
            throw CustodianError(.messageMalformed, "material is for secrets or for evaluations")
        }
        self.purpose = purpose
        let first = UInt64(try reader.integer("first", in: 0...CanonicalForm.largestSafeInteger - Self.mostIndices))
        indices = first..<first + UInt64(try reader.integer("count", in: 1...Self.mostIndices))
        parties = try reader.parties("parties")
        let secrets = try reader.value("secrets")
        self.secrets = secrets.isNull ? nil : secrets.integer.flatMap { UInt64(exactly: $0) }
        try reader.finish()
    }
}

extension RecordReader {
    /// Numbers of custodians, ascending, each once.
    mutating func parties(_ name: String) throws -> [Int] {
        let parties = try array(name, limit: 16).map { Int(clamping: $0.integer ?? 0) }
        guard !parties.isEmpty, parties.allSatisfy({ (1...16).contains($0) }), zip(parties, parties.dropFirst()).allSatisfy(<)
        else { throw CustodianError(.messageMalformed, "custodians are named by ascending numbers from 1") }
        return parties
    }
}
