public import ChanceryWire

/// An audit export whose structure, identity, chain and metadata were all verified.
public struct VerifiedAudit: Sendable {
    /// ``ChainStart/excerpt(after:)`` when the export does not begin with the agent's first event.
    public let chain: VerifiedChain
    /// Unix seconds, as the exporter says; nothing proves it.
    public let exportedAt: Int64
    public let exporter: String

    /// What an auditor reads first.
    public var summary: JSONObject {
        let (first, last) = (AuditExport.timestamp(chain.events.first), AuditExport.timestamp(chain.events.last))
        return [
            "spec": .string(AuditExport.spec),
            "agent_id": .string(chain.identity.agentID.text),
            "event_count": .integer(Int64(chain.count)),
            "chain_hash": .string(chain.chainHash),
            "export_date": .integer(exportedAt),
            "first_timestamp": first,
            "last_timestamp": last,
            // Times of a verified chain never decrease and lie within 2^53.
            "timespan_seconds": .integer((last.integer ?? 0) - (first.integer ?? 0)),
        ]
    }
}

/// What strict verification of an audit export answers.
public enum AuditVerdict: Sendable {
    case valid(VerifiedAudit)
    case invalid([LedgerError])

    public var audit: VerifiedAudit? { if case .valid(let audit) = self { audit } else { nil } }
    public var findings: [LedgerError] { if case .invalid(let findings) = self { findings } else { [] } }
}

extension AuditExport {
    /// Verifies a document completely.
    ///
    /// - Parameter start: where the chain must start; nil takes the genesis of the identity when the first event names
    ///   it, and otherwise verifies an excerpt and says so.
    public static func verify(
        _ value: JSONValue, start: ChainStart? = nil, progress: (Int, Int) -> Void = { _, _ in }
    ) -> AuditVerdict {
        do {
            let parts = try Parts(value)
            switch ChainVerifier.verify(
                parts.events, of: parts.identity, start: start ?? parts.presumedStart, progress: progress)
            {
            case .invalid(let findings): return .invalid(findings)
            case .valid(let chain):
                let findings = parts.findings(chain)
                guard findings.isEmpty else { return .invalid(findings) }
                return .valid(VerifiedAudit(chain: chain, exportedAt: parts.exportedAt, exporter: parts.exporter))
            }
        } catch let error as LedgerError {
            return .invalid([error])
        } catch let error as WireError {
            return .invalid([LedgerError(.exportMalformed, error)])
        } catch {
            return .invalid([LedgerError(.exportMalformed, "\(error)")])
        }
    }

    /// The members of a document, of the right types.
    private struct Parts {
        let identity: AgentIdentity
        let events: [JSONValue]
        let chainHash: String
        let exportedAt: Int64
        let exporter: String
        let metadata: JSONObject

        init(_ value: JSONValue) throws {
            var reader = try RecordReader(value, "audit export")
            guard try reader.string("spec", limit: 64).utf8.elementsEqual(AuditExport.spec.utf8) else {
                throw LedgerError(.exportMalformed, "`spec` must be `\(AuditExport.spec)`")
            }
            identity = try AgentIdentity(reader.value("agent_identity"))
            events = try reader.array("events", limit: .max)
            chainHash = try reader.string("chain_integrity_hash", limit: 64)
            exportedAt = try reader.integer("exported_at")
            metadata = try reader.object("metadata")
            var members = RecordReader(metadata, "metadata")
            exporter = try members.string("exporter")
            for name in ["event_count", "first_timestamp", "last_timestamp"] { _ = try members.value(name) }
            try members.finish()
            try reader.finish()
        }

        var presumedStart: ChainStart {
            guard let first = events.first, let previous = first["previous_hash"]?.string else { return .genesis }
            let genesis = EventProfile.allCases.contains { identity.genesisHash($0).utf8.elementsEqual(previous.utf8) }
            return genesis ? .genesis : .excerpt(after: previous)
        }

        func findings(_ chain: VerifiedChain) -> [LedgerError] {
            var findings: [LedgerError] = []
            if !chainHash.utf8.elementsEqual(chain.chainHash.utf8) {
                findings.append(LedgerError(.exportHashMismatch, "`chain_integrity_hash` is not the hash of these events"))
            }
            let stated: KeyValuePairs<String, JSONValue> = [
                "event_count": .integer(Int64(chain.count)),
                "first_timestamp": AuditExport.timestamp(chain.events.first),
                "last_timestamp": AuditExport.timestamp(chain.events.last),
            ]
            for (name, expected) in stated where metadata[name] != expected {
                findings.append(LedgerError(.exportMetadataMismatch, "`metadata.\(name)` differs from the events"))
            }
            return findings
        }
    }
}
