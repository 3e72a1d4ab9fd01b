internal import ChanceryWire

extension JSONValue {
    static func numbers(_ values: [Int64]) -> JSONValue { .array(values.map(JSONValue.integer)) }
    static func optional(_ value: Int64?) -> JSONValue { value.map(JSONValue.integer) ?? .null }
    static func optional(_ value: UInt64?) -> JSONValue { value.map { .integer(Int64(clamping: $0)) } ?? .null }
}

extension RecordReader {
    /// A member that is a number that is not negative, or null.
    mutating func optionalInteger(_ name: String, in range: ClosedRange<Int64> = 0...Int64.max) throws -> Int64? {
        try value(name).isNull ? nil : integer(name, in: range)
    }

    mutating func optionalObject(_ name: String) throws -> JSONValue? {
        let value = try value(name)
        // A plain `nil` would be the JSON value `null`.
        return value.isNull ? Optional.none : value
    }

    /// Rows of `count` numbers each, none negative.
    mutating func rows(_ name: String, of count: Int) throws -> [[Int64]] {
        try array(name, limit: 128).map { row in
            let numbers = (row.array ?? []).compactMap(\.integer)
            guard row.array?.count == count, numbers.count == count, numbers.allSatisfy({ $0 >= 0 }) else {
                throw VigilError(.stateInvalid, "`\(name)` must hold rows of \(count) numbers")
            }
            return numbers
        }
    }

    mutating func entries(_ name: String, until clock: Int64) throws -> [EventTimes.Entry] {
        try rows(name, of: 3).map { row in
            guard row[0] <= clock, row[1] <= 1 else { throw VigilError(.stateInvalid, "`\(name)` holds a row out of range") }
            return .init(time: row[0], isTimestamped: row[1] == 1, index: UInt64(row[2]))
        }
    }
}

extension ConductRecord {
    var json: JSONValue {
        [
            "events": .integer(Int64(events)), "eligible": .integer(Int64(eligible)),
            "timestamped": .integer(Int64(timestamped)), "rotations": .integer(Int64(rotations)),
            "attested": .integer(Int64(attested)), "rotation_tenths": .integer(Int64(rotationTenths)),
            "last_rotation": .optional(lastRotation),
        ]
    }

    init(json: JSONValue) throws {
        var reader = try RecordReader(json, "conduct")
        events = UInt64(try reader.integer("events"))
        eligible = UInt64(try reader.integer("eligible"))
        timestamped = UInt64(try reader.integer("timestamped"))
        rotations = UInt64(try reader.integer("rotations"))
        attested = UInt64(try reader.integer("attested"))
        rotationTenths = UInt64(try reader.integer("rotation_tenths"))
        lastRotation = try reader.optionalInteger("last_rotation")
        try reader.finish()
    }
}

extension CountRing {
    var json: JSONValue { .array(entries.map { .numbers([$0.slot, Int64($0.count)]) }) }
}

extension PeerTable.Peer {
    var json: JSONValue {
        [
            "id": id.map(JSONValue.string) ?? .null, "hours": hours.json, "days": days.json,
            "recent": .array(recent.map { .integer(Int64(clamping: $0)) }),
        ]
    }

    init(json: JSONValue, clock: Int64) throws {
        var reader = try RecordReader(json, "peer")
        id = try reader.value("id").isNull ? nil : reader.string("id", limit: ObservedEvent.peerLimit)
        hours = try Self.ring(reader.rows("hours", of: 2), size: PeerTable.hours, latest: clock / 3600)
        days = try Self.ring(reader.rows("days", of: 2), size: PeerTable.days, latest: clock / 86_400)
        recent = try reader.array("recent", limit: PeerTable.recentLimit).map { value in
            guard let index = value.integer, index >= 0 else { throw VigilError(.stateInvalid, "a log index is a number") }
            return UInt64(index)
        }
        try reader.finish()
    }

    private static func ring(_ rows: [[Int64]], size: Int, latest: Int64) throws -> CountRing {
        let entries = rows.map { (slot: $0[0], count: UInt32(clamping: $0[1])) }
        guard let ring = CountRing(size: size, entries: entries, latest: latest) else {
            throw VigilError(.stateInvalid, "counts of a peer must ascend in time")
        }
        return ring
    }
}

extension SilenceRecord.Break {
    var json: JSONValue {
        [
            "start": .integer(start), "end": .integer(end), "index": .integer(Int64(clamping: index)),
            "burst": .integer(Int64(burst)), "anchored": .bool(isAnchored),
            "last_index": .integer(Int64(clamping: lastIndex)),
        ]
    }

    init(json: JSONValue, clock: Int64) throws {
        var reader = try RecordReader(json, "silence")
        start = try reader.integer("start", in: 0...clock)
        end = try reader.integer("end", in: 0...clock)
        index = UInt64(try reader.integer("index", in: 0...Int64.max))
        burst = UInt64(try reader.integer("burst"))
        isAnchored = try reader.bool("anchored")
        lastIndex = UInt64(try reader.integer("last_index", in: 0...Int64.max))
        try reader.finish()
    }
}

extension ChargeSheet {
    var json: JSONValue {
        let list = { (charges: [Charge]) -> JSONValue in
            .array(
                charges.map {
                    ["violation": .string($0.violation.rawValue), "time": .integer($0.time), "evidence": .string($0.evidence)]
                })
        }
        let counted = Violation.allCases.compactMap { kind in
            counts[kind].map { JSONObject.Member(name: kind.rawValue, value: .integer(Int64($0))) }
        }
        return [
            "counts": .object(JSONObject(counted)), "tampering": list(tampering), "repeats": list(repeats),
            "held_until": .integer(heldUntil),
        ]
    }

    init(json: JSONValue) throws {
        var reader = try RecordReader(json, "charges")
        var counter = try RecordReader(reader.object("counts"), "counts")
        var counts: [Violation: UInt64] = [:]
        for kind in Violation.allCases where counter.optional(kind.rawValue) != nil {
            counts[kind] = UInt64(try counter.integer(kind.rawValue))
        }
        try counter.finish()
        let list = { (values: [JSONValue]) -> [Charge] in
            try values.map { value in
                var reader = try RecordReader(value, "charge")
                guard let kind = Violation(rawValue: try reader.string("violation", limit: 32)) else {
                    throw VigilError(.stateInvalid, "unknown violation")
                }
                let charge = Charge(
                    violation: kind, time: try reader.integer("time"),
                    evidence: try reader.string("evidence", limit: Self.evidenceLimit))
                try reader.finish()
                return charge
            }
        }
        let sheet = ChargeSheet(
            counts: counts, tampering: try list(reader.array("tampering", limit: Self.keptLimit)),
            repeats: try list(reader.array("repeats", limit: Self.keptLimit)), heldUntil: try reader.integer("held_until"))
        try reader.finish()
        guard let sheet else { throw VigilError(.stateInvalid, "charges that no watch writes") }
        self = sheet
    }
}
