internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

/// A custodian's log without what later lines made superfluous.
///
/// Kept are: what is installed and active, the books in one entry, evaluation events and evidence whole, certificates as far as
/// others may ask for them, the names of claims that ended within the last hour, and the last of everything of which only the last counts.
/// Where the custodian has not heard yet what it missed, certificates and names are kept from then on.
struct CompactLog {
    private struct Program {
        let package: [UInt8]
        var owner: [UInt8]?
        var begun: [StreamPurpose: UInt64] = [:]
        var secrets: CustodianEntry?
        var activated: (entry: CustodianEntry, bundle: ActivationBundle)?
        var meter: [MeterEntry] = []
        var bound: [(entry: CustodianEntry, end: UTCTime)] = []
        var certified: [(entry: CustodianEntry, size: Int, time: UTCTime)] = []
        /// Since when it has not heard of what others certified.
        var away: UTCTime?
        var forgotten: UTCTime?
        var events: [CustodianEntry] = []
        var frames: CustodianEntry?
        var blames: [CustodianEntry] = []

        var time: UTCTime { meter.last?.time ?? UTCTime(milliseconds: 0) }
        /// From when on others may ask this custodian, and be asked: the last entry of the books does not tell that of one that was away.
        var edge: UTCTime { min(time, away ?? time) }

        init(_ package: [UInt8], _ owner: [UInt8]?) { (self.package, self.owner) = (package, owner) }
    }

    private var opened: CustodianEntry?
    private var epoch: Int64 = 1
    private var agreed: CustodianEntry?
    private var retired: CustodianEntry?
    private var governed: CustodianEntry?
    private var fresh: CustodianEntry?
    private var frozen: [CustodianEntry] = []
    private var order: [[UInt8]] = []
    private var programs: [[UInt8]: Program] = [:]

    /// - Throws: `custodian.log_broken`, and the errors of reading.
    init(_ entries: [[UInt8]], _ read: ProgramContent.Reader) throws {
        for bytes in entries { try follow(CustodianEntry(decoding: bytes), read) }
    }

    private mutating func follow(_ entry: CustodianEntry, _ read: ProgramContent.Reader) throws {
        func change(_ id: [UInt8], _ body: (inout Program) throws -> Void) throws {
            guard var program = programs.removeValue(forKey: id) else {
                throw CustodianError(.logBroken, "a line is about a program that is not installed")
            }
            try body(&program)
            programs[id] = program
        }
        switch entry {
        case .opened: opened = entry
        case .epoch(let number):
            (epoch, agreed, retired) = (number, nil, nil)
            for (id, program) in programs { programs[id] = Program(program.package, program.owner) }
        case .agreed: agreed = entry
        case .retired: retired = entry
        case .governed: governed = entry
        case .fresh: fresh = entry
        case .frozen: frozen.append(entry)
        case .installed(let package, let owner):
            let id = try read(package).id
            if let known = programs[id] {
                programs[id]?.owner = known.owner ?? owner
            } else {
                order.append(id)
                programs[id] = Program(package, owner)
            }
        case .begun(let id, let purpose, let below):
            try change(id) { $0.begun[purpose] = max(below, $0.begun[purpose] ?? 0) }
        case .bound(let id, let purpose, let claim, let first, let count, let end, _):
            // After a restart nothing is answered with the signature any more.
            try change(id) {
                let end = end ?? $0.time
                $0.bound.append(
                    (.bound(program: id, purpose, claim: claim, first: first, count: count, until: end, signature: []), end))
            }
        case .secrets(let id, _, _): try change(id) { $0.secrets = entry }
        case .activated(let id, let bundle): try change(id) { $0.activated = (entry, bundle) }
        case .meter(let id, let bytes): try change(id) { $0.meter.append(try MeterEntry(decoding: bytes)) }
        case .certified(let id, let bytes, let time): try change(id) { $0.certified.append((entry, bytes.count, time)) }
        case .away(let id, let since): try change(id) { $0.away = since }
        case .back(let id): try change(id) { $0.away = nil }
        case .forgotten(let id, let time): try change(id) { $0.forgotten = max(time, $0.forgotten ?? time) }
        case .event(let id, _): try change(id) { $0.events.append(entry) }
        case .frames(let id, _): try change(id) { $0.frames = entry }
        case .blamed(let id, _): try change(id) { $0.blames.append(entry) }
        }
    }

    /// The lines that stand for all.
    func entries(_ roster: CustodianRoster, _ settings: CustodianSettings) throws -> [[UInt8]] {
        var lines = [opened, .epoch(epoch), agreed, governed, fresh].compactMap { $0 } + frozen
        for id in order {
            guard let program = programs[id] else { continue }
            lines.append(.installed(package: program.package, owner: program.owner))
            for (purpose, below) in program.begun.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                lines.append(.begun(program: id, purpose, below: below))
            }
            if let secrets = program.secrets { lines.append(secrets) }
            // Also of claims for secrets, which come before the activation.
            let edge = program.edge.advanced(bySeconds: -BoundClaims.keptSeconds)
            lines += program.bound.filter { $0.end >= edge }.map(\.entry)
            // Without books it was never active (``CustodianMemory``).
            guard let (activated, bundle) = program.activated, let first = program.meter.first else { continue }
            let activation = try bundle.activation(of: id, by: roster.set, under: settings.federation?.federation)
            lines.append(activated)
            lines.append(.meter(program: id, entry: try first.bytes))
            lines.append(.meter(program: id, entry: try Meter.summary(of: program.meter, for: activation).bytes))
            if let since = program.away { lines.append(.away(program: id, since: since)) }
            let (certified, forgotten) = Self.latest(
                program.certified, since: program.edge.advanced(bySeconds: -MissedClaims.keptSeconds),
                settings.certificateBytes)
            lines += certified
            if let until = [forgotten, program.forgotten].compactMap({ $0 }).max() {
                lines.append(.forgotten(program: id, until: until))
            }
            lines += program.events + program.blames
            if let frames = program.frames { lines.append(frames) }
        }
        if let retired { lines.append(retired) }
        return try lines.map { try $0.bytes }
    }

    /// All certificates from `since` on, and of the others as many of the last as fit `limit` bytes with these; and until when others
    /// are missing.
    private static func latest(
        _ certified: [(entry: CustodianEntry, size: Int, time: UTCTime)], since: UTCTime, _ limit: Int
    ) -> (kept: [CustodianEntry], forgotten: UTCTime?) {
        var size = 0
        var kept: [CustodianEntry] = []
        var forgotten: UTCTime?
        for one in certified.reversed() {
            size += one.size
            if one.time >= since || size <= limit {
                kept.append(one.entry)
            } else {
                forgotten = max(one.time, forgotten ?? one.time)
            }
        }
        return (kept.reversed(), forgotten)
    }
}
