public import ChanceryWire

/// What one key was used for between two moments at one server: an event of the home's chain of usage, which the identity
/// `api` signs (docs/spec/usage-record.md).
public struct UsageRecord: Sendable, Equatable {
    public static let eventType = "apikey_usage"
    /// Most kinds of answers in one record.
    static let mostAnswers = 4096

    /// Answers of one route with one class of status.
    public struct Answer: Sendable, Hashable, Comparable {
        /// The id of the route.
        public let route: String
        /// The first digit of the status.
        public let status: Int

        public init(_ route: String, _ status: Int) {
            self.route = route
            self.status = status
        }

        public static func < (left: Answer, right: Answer) -> Bool {
            left.route.utf8.elementsEqual(right.route.utf8)
                ? left.status < right.status : left.route.utf8.lexicographicallyPrecedes(right.route.utf8)
        }
    }

    public let keyID: String
    /// Whom the operator gave the key to.
    public let principal: String
    /// Which server: eight random bytes in hex, others at each start.
    public let server: String
    /// The place of the record among those of the server, from 0.
    public let number: Int64
    public internal(set) var from: UTCTime
    public internal(set) var to: UTCTime
    /// Requests that were let in, and count against quotas of requests.
    public internal(set) var admitted: Int64 = 0
    /// Requests beyond a quota.
    public internal(set) var refused: Int64 = 0
    /// Bytes of the bodies of requests that were let in.
    public internal(set) var bytesIn: Int64 = 0
    /// Bytes of the bodies of answers.
    public internal(set) var bytesOut: Int64 = 0
    /// What was answered. An answer that is long under way stands in a later record than its request.
    public internal(set) var answers: [Answer: Int64] = [:]

    init(_ keyID: String, of principal: String, server: String, number: Int64, from: UTCTime, to: UTCTime) {
        self.keyID = keyID
        self.principal = principal
        self.server = server
        self.number = number
        self.from = from
        self.to = to
    }

    /// The same counts under a number.
    func numbered(_ number: Int64, to end: UTCTime) -> UsageRecord {
        var copy = UsageRecord(
            keyID, of: principal, server: server, number: number, from: from, to: max(from, end))
        (copy.admitted, copy.refused) = (admitted, refused)
        (copy.bytesIn, copy.bytesOut, copy.answers) = (bytesIn, bytesOut, answers)
        return copy
    }

    /// Counts the usage of another span too.
    mutating func add(_ other: UsageRecord) {
        (from, to) = (min(from, other.from), max(to, other.to))
        admitted = admitted.addingWithinBounds(other.admitted)
        refused = refused.addingWithinBounds(other.refused)
        bytesIn = bytesIn.addingWithinBounds(other.bytesIn)
        bytesOut = bytesOut.addingWithinBounds(other.bytesOut)
        answers.merge(other.answers) { $0.addingWithinBounds($1) }
    }

    /// How much of a quota the record takes.
    func amount(of unit: APIKeyQuota.Unit) -> Int64 {
        unit == .requests ? admitted : bytesIn.addingWithinBounds(bytesOut)
    }

    package var payload: JSONObject {
        [
            "admitted": .integer(admitted),
            "answers": .array(
                answers.sorted { $0.key < $1.key }.map { answer, count in
                    ["count": .integer(count), "route": .string(answer.route), "status": .integer(Int64(answer.status))]
                }),
            "bytes_in": .integer(bytesIn), "bytes_out": .integer(bytesOut), "event_type": .string(Self.eventType),
            "from": .string(from.text), "key_id": .string(keyID), "number": .integer(number),
            "principal": .string(principal), "refused": .integer(refused), "server": .string(server), "to": .string(to.text),
        ]
    }

    /// Reads what ``payload`` wrote.
    package init(_ payload: JSONObject) throws {
        var reader = RecordReader(payload, "usage record")
        guard try reader.string("event_type", limit: 64) == Self.eventType else {
            throw WireError(.invalidValue, "the event is no usage record")
        }
        admitted = try reader.integer("admitted")
        for value in try reader.array("answers", limit: Self.mostAnswers) {
            var answer = try RecordReader(value, "answer")
            let key = try Answer(answer.string("route", limit: 64), Int(answer.integer("status", in: 1...5)))
            guard answers.updateValue(try answer.integer("count", in: 1...CanonicalForm.largestSafeInteger), forKey: key) == nil
            else { throw WireError(.duplicateKey, "a usage record counts the same answers twice") }
            try answer.finish()
        }
        bytesIn = try reader.integer("bytes_in")
        bytesOut = try reader.integer("bytes_out")
        from = try reader.time("from")
        keyID = try reader.string("key_id", limit: 64)
        number = try reader.integer("number")
        principal = try reader.string("principal", limit: 64)
        refused = try reader.integer("refused")
        server = try reader.string("server", limit: 16)
        to = try reader.time("to")
        try reader.finish()
        guard from <= to else { throw WireError(.invalidValue, "a usage record ends before it begins") }
    }
}

extension Int64 {
    /// The sum of two counts, as far as our records can say it.
    func addingWithinBounds(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? CanonicalForm.largestSafeInteger : Swift.min(sum, CanonicalForm.largestSafeInteger)
    }
}
