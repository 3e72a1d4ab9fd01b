import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

struct AuditExportTests {
    private func document(_ form: TestAgent.Form = .upgraded) throws -> JSONObject {
        let agent = try TestAgent(form)
        let first = try agent.event(after: nil, .aiss1, payload: ["f": .double(1)])
        let events = [first, try agent.event(after: first, form == .classical ? .aiss1 : .aiss21, payload: ["f": .double(2)])]
        return AuditExport.make(try ChainVerifier.verify(events, of: agent.identity).get(), exportedAt: 9, exporter: "test")
    }

    @Test func `an export reads back from its bytes with every number kept`() throws {
        let document = try document()
        let read = try JSONParser.parse(AuditExport.encode(document))
        #expect(read == .object(document))
        let audit = try #require(AuditExport.verify(read).audit)
        #expect(audit.chain.count == 2)
        #expect(audit.summary["timespan_seconds"] == 1)
    }

    @Test func `an export is refused once any member is missing or changed`() throws {
        let document = try document()
        for name in document.names {
            var changed = document
            changed[name] = nil
            #expect(AuditExport.verify(.object(changed)).audit == nil, "without \(name)")
            changed[name] = name == "exported_at" ? "9" : 1
            #expect(AuditExport.verify(.object(changed)).audit == nil, "\(name)")
        }
        for name in ["event_count", "first_timestamp", "last_timestamp"] {
            var metadata = try #require(document["metadata"]?.object)
            metadata[name] = 99
            var changed = document
            changed["metadata"] = .object(metadata)
            #expect(AuditExport.verify(.object(changed)).findings.map(\.reason) == [.exportMetadataMismatch], "\(name)")
        }
        var changed = document
        changed["chain_integrity_hash"] = .string(String(repeating: "0", count: 64))
        #expect(AuditExport.verify(.object(changed)).findings.map(\.reason) == [.exportHashMismatch])
    }

    @Test func `part of a chain is called an excerpt`() throws {
        let agent = try TestAgent(.classical)
        let events = try agent.chain(5, .aiss1)
        let part = try ChainVerifier.verify(
            Array(events[2...]), of: agent.identity, start: .excerpt(after: events[1].hash)
        ).get()
        let document = JSONValue.object(AuditExport.make(part, exportedAt: 9, exporter: "test"))
        #expect(AuditExport.verify(document).audit?.chain.startsAtGenesis == false)
        #expect(AuditExport.verify(document, start: .genesis).findings.map(\.reason) == [.genesisMismatch])
    }
}
