internal import ChanceryLedger
internal import ChanceryVigil
internal import ChanceryWire

/// What agents have to answer for, read from the log: each charge with evidence that was verified again.
struct ChargeBook {
    struct Charge {
        let violation: Violation
        /// When it came to light, Unix seconds.
        let time: Int64
        /// The position of the record that proves it.
        let evidence: String
        let position: UInt64
    }

    private var position: UInt64?
    private var charges: [String: [Charge]] = [:]

    /// Reads what came since.
    mutating func advance(_ store: any RecordStore & RecordIndex, _ registry: IdentityRegistry) throws {
        var query = RecordQuery(kind: ForkStatement.kind, after: position, limit: 1000)
        while true {
            let page = try store.records(query)
            for record in page {
                if let charge = try Self.charge(record, store, registry) {
                    charges[charge.did, default: []].append(charge.charge)
                }
                // Only now: what could not be looked at is looked at again.
                position = record.position
            }
            query.after = position
            guard page.count == query.limit else { return }
        }
    }

    /// Whom a statement charges; nil for one that proves nothing, which charges nobody.
    ///
    /// - Throws: what the store throws.
    private static func charge(
        _ record: StoredRecord, _ store: any RecordStore & RecordIndex, _ registry: IdentityRegistry
    ) throws -> (did: String, charge: Charge)? {
        do {
            let statement = try ForkStatement(decoding: record.bytes)
            guard try statement.isProven(store, registry),
                case .identity(let document) = try registry.entry(for: statement.agentID)
            else { return nil }
            return (
                document.did.text,
                Charge(
                    violation: .rewrittenHistory, time: record.time / 1000, evidence: "\(record.position)",
                    position: record.position)
            )
        } catch let error as NodeError where error.reason != .unknownAgent {
            throw error
        } catch is any CodedError {
            return nil
        }
    }

    /// The charges of an agent after the first `count`.
    func charges(of did: String, after count: Int) -> ArraySlice<Charge> { charges[did, default: []].dropFirst(count) }
}
