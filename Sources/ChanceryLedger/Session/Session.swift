internal import ChancerySuite
internal import ChanceryWire

/// A whole session in one document that anybody with the members' identity documents can check.
///
/// `{"format":"chancery/session-export/v1","start","handshakes":[…],"steps":[{"record","payload"?}],"end","seals":[…]}`,
/// RFC 8785 bytes. See `docs/spec/session.md`.
public enum Session {
    public static let format = "chancery/session-export/v1"
    /// The format of a session that is not sealed: the same without `end` and `seals`.
    public static let excerptFormat = "chancery/session-excerpt/v1"
    /// Largest document that is read.
    public static let maximumBytes = 64 << 20
    static let maximumSteps = 100_000
    /// What the steps with their payloads may come to, so that start, handshakes, end and seals still fit.
    static let maximumContent = maximumBytes - (4 << 20)
    /// The punctuation of a step in the document.
    static let stepOverhead = 32

    /// The document of a sealed session.
    ///
    /// - Throws: `ledger.session_phase` before every member has sealed it.
    public static func export(_ state: SessionState) throws(LedgerError) -> [UInt8] {
        guard state.phase == .sealed, let end = state.end else {
            throw LedgerError(.sessionPhase, "a session is exported when every member has sealed it")
        }
        do {
            var document = try document(state, format)
            document["end"] = try JSONParser.parse(end.record.bytes)
            document["seals"] = .array(try state.seals.map { (seal) throws(WireError) in try JSONParser.parse(seal.bytes) })
            return try CanonicalForm.jcs.encode(document)
        } catch {
            throw LedgerError(.sessionMalformed, error)
        }
    }

    /// The document of a session that has not ended, or never can because a member rotated, retired or went away: what
    /// was signed so far is evidence, and no member can withhold it from the others.
    ///
    /// - Throws: `ledger.session_phase` before all have shaken hands and after the end.
    public static func excerpt(_ state: SessionState) throws(LedgerError) -> [UInt8] {
        guard state.phase == .open else {
            throw LedgerError(.sessionPhase, "only a session that is open is exported without its end")
        }
        do {
            return try CanonicalForm.jcs.encode(document(state, excerptFormat))
        } catch {
            throw LedgerError(.sessionMalformed, error)
        }
    }

    /// What both formats share.
    private static func document(_ state: SessionState, _ format: String) throws(WireError) -> JSONObject {
        var document = JSONObject()
        document["format"] = .string(format)
        document["start"] = try JSONParser.parse(state.start.record.bytes)
        var records: [JSONValue] = []
        for handshake in state.handshakes { records.append(try JSONParser.parse(handshake.record.bytes)) }
        document["handshakes"] = .array(records)
        var steps: [JSONValue] = []
        for step in state.steps {
            var entry = JSONObject()
            entry["record"] = try JSONParser.parse(step.record.bytes)
            entry["payload"] = step.payload.map { .object($0) }
            steps.append(.object(entry))
        }
        document["steps"] = .array(steps)
        return document
    }

    /// Recomputes everything in `export` and returns the sealed session.
    ///
    /// - Throws: the first thing that is wrong, with a code of `SessionErrors` and the index of the handshake, step or
    ///   member at fault. Time is linear.
    public static func verify(_ export: [UInt8], registry: RecordRegistry) throws(LedgerError) -> SessionState {
        let parts = try Parts(export, format)
        var state = try admitted(parts, registry)
        guard let end = parts.end else { throw LedgerError(.sessionTailCut, "the end is missing") }
        try state.admit(end: SessionRecord.decode(end))
        for seal in parts.seals.prefix(state.start.members.count) { try state.admit(seal: SessionRecord.decode(seal)) }
        guard state.phase == .sealed else {
            throw LedgerError(.sessionSealMissing, "a member has not sealed the session", index: state.seals.count)
        }
        guard parts.seals.count == state.start.members.count else {
            throw LedgerError(.sessionMalformed, "there are more seals than members")
        }
        return state
    }

    /// Recomputes everything in `excerpt` and returns the session as far as it goes. Steps after the last could be missing.
    ///
    /// - Throws: as ``verify(_:registry:)``.
    public static func verify(excerpt: [UInt8], registry: RecordRegistry) throws(LedgerError) -> SessionState {
        try admitted(Parts(excerpt, excerptFormat), registry)
    }

    /// The session up to its last step.
    private static func admitted(_ parts: Parts, _ registry: RecordRegistry) throws(LedgerError) -> SessionState {
        var state = try SessionState(start: SessionRecord.decode(parts.start), registry: registry)
        for handshake in parts.handshakes { try state.admit(handshake: SessionRecord.decode(handshake)) }
        guard state.phase == .open else {
            throw LedgerError(.sessionHandshake, "handshakes are missing", index: parts.handshakes.count)
        }
        for step in parts.steps {
            do {
                try state.admit(step: SessionRecord.decode(step.record), payload: step.payload)
            } catch  where error.reason == .sessionMissingStep && parts.counters.contains(state.counter + 1) {
                throw LedgerError(.sessionReordered, "step \(state.counter + 1) comes later", index: state.steps.count)
            }
        }
        return state
    }

    /// The members an unverified export names, so that a caller can look up their identity documents.
    public static func claimedMembers(
        _ export: [UInt8], format: String = format
    ) throws(LedgerError) -> [PartyStatement] {
        try SessionStart.claimedMembers(SessionRecord.decode(Parts(export, format).start).bytes)
    }

    /// The document taken apart; nothing is verified.
    private struct Parts {
        let start: JSONValue
        let handshakes: [JSONValue]
        let steps: [(record: JSONValue, payload: JSONObject?)]
        let end: JSONValue?
        let seals: [JSONValue]
        /// The counters that the steps claim, to tell a missing step from a moved one.
        let counters: Set<Int64>

        init(_ export: [UInt8], _ format: String) throws(LedgerError) {
            do throws(WireError) {
                let value = try JSONParser.parse(export, limits: .init(bytes: maximumBytes, depth: 64, values: 1 << 22))
                guard try CanonicalForm.jcs.encode(value) == export else {
                    throw WireError(.notCanonical, "the export is not in canonical form")
                }
                var reader = try RecordReader(value, "session export")
                guard try reader.string("format", limit: 64) == format else {
                    throw WireError(.invalidValue, "the format is not `\(format)`")
                }
                start = try reader.value("start")
                handshakes = try reader.array("handshakes", limit: 120)
                var steps: [(JSONValue, JSONObject?)] = []
                for element in try reader.array("steps", limit: maximumSteps) {
                    var step = try RecordReader(element, "step")
                    let record = try step.value("record")
                    let payload = element["payload"] == nil ? nil : try step.object("payload")
                    try step.finish()
                    steps.append((record, payload))
                }
                self.steps = steps
                let isWhole = format == Session.format
                end = isWhole ? reader.optional("end") : nil
                seals = isWhole ? try reader.array("seals", limit: SessionStart.memberCounts.upperBound) : []
                try reader.finish()
                counters = Set(steps.compactMap { $0.0["body"]?["counter"]?.integer })
            } catch {
                throw LedgerError(.sessionMalformed, error)
            }
        }
    }
}
