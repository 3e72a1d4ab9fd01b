/// What a session wants done, in order.
public enum SessionStep: Sendable {
    /// Send these bytes to the custodian with this number, over the authenticated and encrypted channel to it.
    case send(to: Int, [UInt8])
    /// Send these bytes to the client, over its own channel.
    case sendToClient([UInt8])
    /// Something came that changed nothing: a replay, a frame of another session, nonsense from a dropped party.
    case ignored(ThresholdError)
    /// A custodian was caught; the session goes on without it.
    case blamed(ThresholdError)
    /// The session is over without a result.
    case failed(ThresholdError)
    /// The session is over; its result can be taken.
    case finished
}

/// One custodian's side of rounds in which everybody sends to everybody: a round is complete when all others were heard.
struct Exchange: Sendable {
    /// What a received frame leads to.
    enum Reception {
        case waiting, complete
        case ignored(ThresholdError)
        case fault(Int, ThresholdError)
    }

    let session: SessionID
    let party: Int
    /// Everybody who is still waited for, this custodian included, ascending.
    private(set) var parties: [Int]
    /// Everybody who took part at first: those who were dropped still get our frames, so that nobody has to wait for us.
    private let recipients: [Int]
    /// The round under way, or the last one that was.
    private(set) var step: UInt32 = 0
    private var kind: FrameKind?
    private var sizes: [Int: Int] = [:]
    private var received: [Int: [UInt8]] = [:]
    /// Frames of the next round, at most one of each party: nobody can be two rounds ahead.
    private var early: [Int: Frame] = [:]
    private var isOpen = false
    private var nextStep: UInt32 = 0

    init(_ session: SessionID, party: Int, parties: [Int]) {
        self.session = session
        self.party = party
        self.parties = parties.sorted()
        recipients = self.parties
    }

    /// Those not heard from in the open round.
    var missing: [Int] { isOpen ? parties.filter { received[$0] == nil } : [] }
    var isComplete: Bool { isOpen && missing.isEmpty }
    /// How many are in the next round already.
    var aheadCount: Int { isOpen ? early.count { parties.contains($0.key) } : 0 }

    /// Starts a round with the same payload for everybody.
    mutating func begin(_ kind: FrameKind, _ payload: [UInt8]) -> (frames: [SessionStep], faults: [(Int, ThresholdError)]) {
        begin(kind, own: payload, size: { _ in payload.count }, payload: { _ in payload })
    }

    /// Starts a round. `size` tells how many bytes a party has to send.
    mutating func begin(
        _ kind: FrameKind, own: [UInt8], size: (Int) -> Int, payload: (Int) -> [UInt8]
    ) -> (frames: [SessionStep], faults: [(Int, ThresholdError)]) {
        step = nextStep
        nextStep += 1
        self.kind = kind
        isOpen = true
        received = [party: own]
        sizes = [:]
        var frames: [SessionStep] = []
        for other in recipients where other != party {
            sizes[other] = size(other)
            let frame = Frame(kind, session, from: party, to: other, step: step, payload(other))
            frames.append(.send(to: other, frame.bytes))
        }
        var faults: [(Int, ThresholdError)] = []
        for (other, frame) in early.sorted(by: { $0.key < $1.key }) where parties.contains(other) {
            if case .fault(let party, let error) = take(frame) { faults.append((party, error)) }
        }
        early = [:]
        return (frames, faults)
    }

    /// Closes a complete round and returns what everybody sent, this custodian included.
    mutating func finish() -> [Int: [UInt8]] {
        isOpen = false
        let all = received.filter { parties.contains($0.key) }
        received = [:]
        return all
    }

    /// Goes on without these.
    mutating func drop(_ dropped: [Int]) {
        parties.removeAll { dropped.contains($0) }
        for other in dropped {
            early[other] = nil
            received[other] = nil
        }
    }

    /// Takes a frame that came over the channel of custodian `sender`.
    mutating func receive(_ frame: Frame, from sender: Int) -> Reception {
        guard frame.session == session else {
            return .ignored(ThresholdError(.wrongSession, "a frame of another session", parties: [sender], message: frame.kind))
        }
        guard frame.sender == sender, frame.recipient == party, parties.contains(sender), sender != party else {
            return .ignored(
                ThresholdError(
                    .unexpectedFrame, "a frame that is not from a custodian of this run to this one", parties: [sender],
                    message: frame.kind))
        }
        if frame.step < nextStep, !(isOpen && frame.step == step) {
            return .ignored(
                ThresholdError(.replayedFrame, "a frame of a round that is over", parties: [sender], message: frame.kind))
        }
        if isOpen && frame.step == step { return take(frame) }
        guard frame.step == nextStep else {
            return .fault(
                sender,
                ThresholdError(
                    .unexpectedFrame, "a frame of a round that cannot have begun", parties: [sender], message: frame.kind))
        }
        if let known = early[sender] { return repeated(sender, same: known == frame, frame.kind) }
        early[sender] = frame
        return .waiting
    }

    private mutating func take(_ frame: Frame) -> Reception {
        let sender = frame.sender
        if let known = received[sender] { return repeated(sender, same: known == frame.payload, frame.kind) }
        guard frame.kind == kind, frame.payload.count == sizes[sender] else {
            return .fault(
                sender,
                ThresholdError(
                    .invalidFrame, "a frame of another kind or size than its round has", parties: [sender], message: frame.kind)
            )
        }
        received[sender] = frame.payload
        return isComplete ? .complete : .waiting
    }

    private func repeated(_ sender: Int, same: Bool, _ kind: FrameKind) -> Reception {
        same
            ? .ignored(ThresholdError(.replayedFrame, "a frame came twice", parties: [sender], message: kind))
            : .fault(
                sender, ThresholdError(.equivocation, "two different frames for one round", parties: [sender], message: kind))
    }
}
