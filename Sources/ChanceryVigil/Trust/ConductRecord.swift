/// Counts of a whole life: events, timestamps, rotations.
struct ConductRecord: Sendable, Equatable {
    var events: UInt64 = 0
    /// Events that need a timestamp: neither rotations nor beginnings.
    var eligible: UInt64 = 0
    var timestamped: UInt64 = 0
    var rotations: UInt64 = 0
    var attested: UInt64 = 0
    /// Points of all rotations, in tenths.
    var rotationTenths: UInt64 = 0
    var lastRotation: Int64?

    static let largest: UInt64 = 1 << 44
    static let hastyRotation: Int64 = 7 * 86_400

    mutating func add(_ event: ObservedEvent, at time: Int64) {
        guard events < Self.largest else { return }
        events += 1
        switch event.kind {
        case .rotation: rotate(isAttested: event.isAttested, at: time)
        case .start: break
        case .contact, .exchange, .other:
            eligible += 1
            if event.isTimestamped { timestamped += 1 }
        }
    }

    private mutating func rotate(isAttested: Bool, at time: Int64) {
        rotations += 1
        var tenths: UInt64 = 10
        if isAttested { attested += 1 } else { tenths -= 6 }
        if let lastRotation, time - lastRotation < Self.hastyRotation { tenths -= 3 }
        rotationTenths += tenths
        lastRotation = time
    }

    /// F: one where no event needed a timestamp.
    var finality: Millionths { eligible == 0 ? .one : .ratio(timestamped, of: eligible) }
    /// Share of rotations that the old key stood for.
    var attestation: Millionths { rotations == 0 ? .one : .ratio(attested, of: rotations) }
    /// R: the mean of 1 − 0.60 (not attested) − 0.30 (within seven days of the one before).
    var rotation: Millionths { rotations == 0 ? .one : .ratio(rotationTenths, of: rotations * 10) }

    var isSound: Bool {
        events <= Self.largest && eligible <= events && timestamped <= eligible && rotations <= events - eligible
            && attested <= rotations && rotationTenths <= rotations * 10 && rotationTenths >= rotations
            && (lastRotation == nil) == (rotations == 0)
            && (0...ObservedEvent.latestTime).contains(lastRotation ?? 0)
    }
}
