public import ChanceryArithmetic
public import ChanceryCircuit

/// A client's side of an evaluation, and an owner's side of installing secrets: its values leave masked, and nobody but it can
/// read the results.
///
/// The masks' shares are checked before anything is sent, and the values are sent once: a second masked value under one mask
/// would tell the difference of the two.
public struct ClientSession: ~Copyable {
    /// What to do next.
    public enum Step: Sendable {
        case send(to: Int, [UInt8])
        case ignored(ThresholdError)
        case failed(ThresholdError)
        case finished
    }

    /// What the client learns.
    public struct Result: Sendable, Equatable {
        /// The outputs of each evaluation, in the order of the circuit's.
        public let outputs: [[FieldElement]]
        public let assurance: Assurance
        /// Custodians whose shares were wrong and put right.
        public let liars: [Int]
    }

    private enum Phase { case masks, outputs, over }

    private let committee: Committee
    private let session: SessionID
    private let inputs: [FieldElement]
    private let count: Int
    private let outputCount: Int
    private var parties: [Int]
    private let allowsUnchecked: Bool
    private var received: [Int: [UInt8]] = [:]
    /// Results that overtook another custodian's masks.
    private var early: [Int: [UInt8]] = [:]
    private var liars: Set<Int> = []
    private var assurance = Assurance.corrected
    private var phase = Phase.masks
    public private(set) var result: Result?

    /// - Parameters:
    ///   - values: the inputs of each evaluation, in the order of the circuit's.
    ///   - session: computed by the client itself from what it asked for, as the custodians do.
    /// - Throws: `threshold.wrong_inputs`, `threshold.input_out_of_range`, `threshold.too_few_parties`.
    public init(
        _ circuit: Circuit, values: [[FieldElement]], committee: Committee, session: SessionID, parties: [Int],
        allowsUnchecked: Bool = false
    ) throws(ThresholdError) {
        try self.init(
            circuit.inputs, outputs: circuit.outputs.count, values, committee, session, parties, allowsUnchecked)
    }

    /// The owner's side of installing the secrets of a circuit.
    public init(
        secretsOf circuit: Circuit, values: [FieldElement], committee: Committee, session: SessionID, parties: [Int]
    ) throws(ThresholdError) {
        try self.init(circuit.secrets, outputs: 0, [values], committee, session, parties, false)
    }

    private init(
        _ variables: [Circuit.Variable], outputs: Int, _ values: [[FieldElement]], _ committee: Committee,
        _ session: SessionID, _ parties: [Int], _ allowsUnchecked: Bool
    ) throws(ThresholdError) {
        let rows = try Self.rows(values, variables, committee, parties, allowsUnchecked)
        inputs = (rows.first ?? []).indices.flatMap { row in rows.map { $0[row] } }
        count = values.count
        outputCount = outputs
        self.committee = committee
        self.session = session
        self.parties = parties.sorted()
        self.allowsUnchecked = allowsUnchecked
    }

    /// Holds values against a circuit before anything is claimed for them.
    ///
    /// - Throws: `threshold.wrong_inputs`, `threshold.input_out_of_range`.
    public static func check(_ values: [[FieldElement]], for variables: [Circuit.Variable]) throws(ThresholdError) {
        guard !values.isEmpty else { throw ThresholdError(.wrongInputs, "an evaluation has values") }
        for evaluation in values { _ = try Plan.withBits(evaluation, variables) }
    }

    private static func rows(
        _ values: [[FieldElement]], _ variables: [Circuit.Variable], _ committee: Committee, _ parties: [Int],
        _ allowsUnchecked: Bool
    ) throws(ThresholdError) -> [[FieldElement]] {
        guard !values.isEmpty, parties.allSatisfy(committee.members.contains), Set(parties).count == parties.count else {
            throw ThresholdError(.wrongInputs, "an evaluation has values and custodians")
        }
        let least: Assurance = allowsUnchecked ? .unchecked : .checked
        guard let assurance = committee.assurance(shares: parties.count, degree: committee.corruptions), assurance >= least
        else { throw ThresholdError(.tooFewParties, "too few custodians take part to notice a lie") }
        var rows: [[FieldElement]] = []
        for evaluation in values { rows.append(try Plan.withBits(evaluation, variables)) }
        return rows
    }

    /// Takes a frame that came over the channel of custodian `sender`.
    public mutating func receive(_ bytes: [UInt8], from sender: Int) -> [Step] {
        guard phase != .over else { return [.ignored(ThresholdError(.sessionOver, "the session is over"))] }
        let frame: Frame
        do {
            frame = try Frame(bytes)
        } catch {
            guard parties.contains(sender), received[sender] == nil else { return [.ignored(error)] }
            // Counts as a share of nothing.
            received[sender] = []
            return received.count == parties.count ? advance() : []
        }
        guard frame.session == session, frame.sender == sender, frame.recipient == Frame.client, parties.contains(sender) else {
            return [.ignored(ThresholdError(.wrongSession, "a frame of another session", parties: [sender]))]
        }
        switch (phase, frame.kind) {
        case (.masks, .inputMasks), (.outputs, .output):
            guard received[sender] == nil else { return [.ignored(replay(frame))] }
            received[sender] = frame.payload
        case (.masks, .output):
            guard early[sender] == nil else { return [.ignored(replay(frame))] }
            early[sender] = frame.payload
        default: return [.ignored(replay(frame))]
        }
        return received.count == parties.count ? advance() : []
    }

    private func replay(_ frame: Frame) -> ThresholdError {
        ThresholdError(.replayedFrame, "a frame came twice or too late", parties: [frame.sender], message: frame.kind)
    }

    /// Whether it waits for the custodians' masks.
    public var isWaitingForMasks: Bool { phase == .masks }

    /// Goes on with those who were heard, where a lie would still be noticed.
    public mutating func timeOut() -> [Step] {
        guard phase != .over else { return [] }
        let missing = parties.filter { received[$0] == nil }
        parties.removeAll { missing.contains($0) }
        let steps = advance()
        if case .failed = steps.last {
            return [
                .failed(ThresholdError(.silentParty, "too few custodians answered in time", parties: missing))
            ]
        }
        return steps
    }

    private mutating func advance() -> [Step] {
        do {
            switch phase {
            case .masks: return try submit()
            case .outputs:
                try read()
                return [.finished]
            case .over: return []
            }
        } catch {
            phase = .over
            return [.failed(error)]
        }
    }

    /// Opens what the custodians sent. Those who sent nonsense count as silent.
    private mutating func open(_ elements: Int, trailing: Int, _ kind: FrameKind) throws(ThresholdError) -> [FieldElement] {
        var rows: [Int: [FieldElement]] = [:]
        for party in parties {
            guard let payload = received[party], payload.count == elements * FieldElement.byteCount + trailing,
                let row = Elements.decode(Array(payload.dropLast(trailing)), count: elements)
            else {
                liars.insert(party)
                continue
            }
            rows[party] = row
        }
        let present = parties.filter { rows[$0] != nil }
        let opening = try Opening(committee, degree: committee.corruptions, parties: present)
        guard opening.assurance >= (allowsUnchecked ? .unchecked : .checked) else {
            throw ThresholdError(.tooFewParties, "too few custodians sent shares", parties: liars.sorted(), message: kind)
        }
        let result = try opening.open(present.map { rows[$0] ?? [] }, kind)
        liars.formUnion(result.liars)
        assurance = min(assurance, opening.assurance)
        return result.values
    }

    private mutating func submit() throws(ThresholdError) -> [Step] {
        let masks = try open(inputs.count, trailing: 0, .inputMasks)
        let payload = Elements.encode(zip(inputs, masks).map { $0 + $1 })
        phase = .outputs
        received = early
        early = [:]
        return parties.map { party in
            .send(to: party, Frame(.submission, session, from: Frame.client, to: party, step: 0, payload).bytes)
        }
    }

    private mutating func read() throws(ThresholdError) {
        let values = try open(outputCount * count, trailing: FieldElement.byteCount, .output)
        // At most t custodians lie about the assurance, and all others agree on it.
        let stated = parties.compactMap { party in
            received[party].flatMap { payload -> Assurance? in
                guard payload.count >= FieldElement.byteCount else { return nil }
                return Assurance(rawValue: payload[payload.count - FieldElement.byteCount])
            }
        }.sorted().dropFirst(committee.corruptions)
        phase = .over
        result = Result(
            outputs: (0..<count).map { index in (0..<outputCount).map { values[$0 * count + index] } },
            assurance: min(assurance, stated.first ?? .unchecked), liars: liars.sorted())
    }
}
