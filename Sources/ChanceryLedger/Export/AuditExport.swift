public import ChanceryWire

/// The `AISS-1.0-AUDIT` document: an identity, its events and a hash over the event hashes (reference 2.11).
///
/// The hash covers neither signatures nor identity, so verification never stops at it: it verifies the chain.
public enum AuditExport {
    public static let spec = "AISS-1.0-AUDIT"

    /// The document for a verified chain or excerpt.
    ///
    /// - Parameters:
    ///   - exportedAt: Unix seconds.
    ///   - exporter: the name and version of the program, for `metadata`.
    public static func make(_ chain: VerifiedChain, exportedAt: Int64, exporter: String) -> JSONObject {
        [
            "spec": .string(spec),
            "agent_identity": .object(chain.identity.document),
            "events": .array(chain.events.map { .object($0.event.object) }),
            "chain_integrity_hash": .string(chain.chainHash),
            "exported_at": .integer(exportedAt),
            "metadata": .object(
                [
                    "event_count": .integer(Int64(chain.count)),
                    "first_timestamp": timestamp(chain.events.first),
                    "last_timestamp": timestamp(chain.events.last),
                    "exporter": .string(exporter),
                ]),
        ]
    }

    /// The text of a document. It keeps the kind of every number, which AISS-1 signatures depend on.
    public static func encode(_ document: JSONObject) throws(LedgerError) -> [UInt8] {
        do {
            return try CanonicalForm.aiss1.encode(document)
        } catch {
            throw LedgerError(.exportMalformed, error)
        }
    }

    static func timestamp(_ event: VerifiedEvent?) -> JSONValue { event.map { .integer($0.event.timestamp) } ?? .null }

    /// The indices of the events whose time lies in `range` (Unix seconds), as excerpts by time take them.
    public static func indices(of events: [Event], in range: ClosedRange<Int64>) -> [Int] {
        events.indices.filter { range.contains(events[$0].timestamp) }
    }
}

extension LedgerError.Reason {
    /// An audit export lacks a member, has one of a wrong type or names another format.
    public static let exportMalformed = Self(rawValue: "ledger.export_malformed")
    /// The hash over the events differs from the events.
    public static let exportHashMismatch = Self(rawValue: "ledger.export_hash_mismatch")
    /// The metadata of an export says something else than its events.
    public static let exportMetadataMismatch = Self(rawValue: "ledger.export_metadata_mismatch")
}
