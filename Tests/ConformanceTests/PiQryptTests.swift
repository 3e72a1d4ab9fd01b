import ChanceryConformance
import ChanceryWire
import Foundation
import Testing

/// The vectors of the reference: `CHANCERY_VECTORS`, `Tests/Vectors` or the folder beside the checkout.
enum PiQryptFolder {
    static let url: URL? = {
        var candidates: [URL] = []
        if let path = ProcessInfo.processInfo.environment["CHANCERY_VECTORS"] { candidates.append(URL(filePath: path)) }
        var folder = URL(filePath: #filePath)
        while folder.path() != "/" {
            folder = folder.deletingLastPathComponent()
            candidates.append(folder.appending(path: "Tests/Vectors"))
            candidates.append(folder.appending(path: "shared/vectors"))
        }
        return candidates.map { $0.appending(path: "piqrypt") }.first {
            FileManager.default.fileExists(atPath: $0.appending(path: "keys.json").path())
        }
    }()

    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = try #require(url, "the vectors of the reference were not found")
        return try Array(Data(contentsOf: folder.appending(path: name)))
    }

    static func file(_ name: String, _ bytes: [UInt8]) -> VectorFile {
        VectorFile(name: name, bytes: bytes) { try PiQryptFolder.bytes($0) }
    }

    static func run(_ file: VectorFile, _ mode: ConformanceMode) async throws -> CaseLog {
        let runner = try #require(PiQryptVectors.runners.first { $0.recognises(file) }, "no runner knows \(file.name)")
        var log = CaseLog()
        try await runner.run(file, mode, &log)
        return log
    }
}

struct PiQryptTests {
    static let files = [
        "keys.json", "canonical.json", "events_aiss1.json", "identity.json", "chain_valid.json", "chains_tampered.json",
        "replay.json", "forks.json", "rotation_aiss1.json", "rotation_aiss21.json", "audit_export.json", "aiss2_0.json",
        "aiss2_1.json",
    ]

    @Test(arguments: files, [ConformanceMode.strict, .compat])
    func `every stated value of a file is answered`(name: String, mode: ConformanceMode) async throws {
        let log = try await PiQryptFolder.run(PiQryptFolder.file(name, PiQryptFolder.bytes(name)), mode)
        #expect(log.failures.isEmpty, "\(log.failures)")
        #expect(log.passed > 0)
        #expect(log.skipped.isEmpty)
    }

    @Test func `files of other folders and shapes are left alone`() throws {
        let other = PiQryptFolder.file("canonical.json", Array(#"{"cases":[{"input":"1","canonical":"31"}]}"#.utf8))
        #expect(!PiQryptVectors.runners.contains { $0.recognises(other) })
        let renamed = try PiQryptFolder.file("other.json", PiQryptFolder.bytes("chain_valid.json"))
        #expect(!PiQryptVectors.runners.contains { $0.recognises(renamed) })
    }

    /// A path into a file and the value put there; `*` means every element's member.
    struct Change: Sendable, CustomTestStringConvertible {
        let file: String
        let path: [String]
        let value: JSONValue
        let modes: [ConformanceMode]
        var testDescription: String { "\(file) \(path.joined(separator: "."))" }
    }

    static let changes: [Change] = [
        Change("keys.json", "ed25519.0.agent_id", "x"),
        Change("keys.json", "agent_id_edge_cases.1.sha256", "x"),
        Change("keys.json", "ml_dsa_65.0.public_key_hex", "00"),
        Change("keys.json", "aiss21_agent_ids.0.genesis_previous_hash", "x"),
        Change("canonical.json", "cases.9.aiss1.hex", "31"),
        Change("canonical.json", "cases.9.aiss21.sha512", "31"),
        Change("canonical.json", "must_fail.0.input_json", "1"),
        Change("events_aiss1.json", "events.0.event_hash", "x"),
        Change("events_aiss1.json", "events.3.verify_signature", false),
        Change("events_aiss1.json", "events.3.event.timestamp", 1),
        Change("identity.json", "documents.0.document.agent_id", "DRHzpMKEXDESv6L3vcNmK27V8vr8Z2n3"),
        Change("identity.json", "documents.2.verdict.ok", true),
        Change("identity.json", "documents.2.verdict.error", "Other", [.compat]),
        Change("chain_valid.json", "chain_hash", "x"),
        Change("chain_valid.json", "per_event.3.canonical_signed_hex", "x"),
        Change("chain_valid.json", "reference.replayed_nonces", ["x"]),
        Change("chain_valid.json", "report.valid", false),
        Change("chains_tampered.json", "cases.0.recommended_valid", true, [.strict]),
        Change("chains_tampered.json", "cases.0.reference.verify_chain.event_index", 3, [.compat]),
        Change("chains_tampered.json", "cases.0.reference.verify_chain_linkage.error", "Other", [.compat]),
        Change("replay.json", "cases.0.replayed_nonces", []),
        Change("forks.json", "cases.0.expected.canonical_branch_index", 0),
        Change("forks.json", "cases.9.expected.recommended_classification", "FORK_DETECTED", [.strict]),
        Change("forks.json", "cases.9.expected.classification", "FORK_AFTER_FINALIZATION", [.compat]),
        Change("forks.json", "cases.2.expected.find_forks_on_union.0.count", 2),
        Change("rotation_aiss1.json", "attestation_signed_hex", "x"),
        Change("rotation_aiss1.json", "attestation_valid", false),
        Change("rotation_aiss1.json", "tampered_attestations.0.signature_valid", true),
        Change("rotation_aiss1.json", "new_chain.0.previous_hash", "x"),
        Change("rotation_aiss21.json", "attestation_negative.2.valid", true),
        Change("rotation_aiss21.json", "chain_checks.0.valid", false),
        Change("rotation_aiss21.json", "chain_checks.3.valid", true),
        Change("audit_export.json", "cases.0.recommended_valid", false, [.strict]),
        Change("audit_export.json", "cases.2.reference_chain.event_index", 2, [.compat]),
        Change("audit_export.json", "summary.timespan_seconds", 64),
        Change("audit_export.json", "timerange_indices", [1, 3]),
        Change("aiss2_0.json", "event_hash", "x"),
        Change("aiss2_0.json", "cases.0.verify.ok", true),
        Change("aiss2_0.json", "cases.2.event_hash_unchanged", false),
        Change("aiss2_1.json", "native_chain.per_event.0.jcs_hex", "x"),
        Change("aiss2_1.json", "negative.0.verify.ok", true),
        Change("aiss2_1.json", "negative.0.verify.event_index", 2, [.compat]),
        Change("aiss2_1.json", "upgraded.binding_signed_message_hex", "x"),
        Change("aiss2_1.json", "upgraded.binding_checks.0.valid", true),
    ]

    @Test(arguments: changes)
    func `a changed statement fails its case`(change: Change) async throws {
        let json = try JSONParser.parse(PiQryptFolder.bytes(change.file))
        let changed = try Self.setting(json, change.path[...], to: change.value)
        #expect(changed != json)
        let bytes = try CanonicalForm.aiss1.encode(changed)
        for mode in change.modes {
            let log = try await PiQryptFolder.run(PiQryptFolder.file(change.file, bytes), mode)
            #expect(!log.failures.isEmpty, "\(mode)")
        }
    }

    private static func setting(_ json: JSONValue, _ path: ArraySlice<String>, to value: JSONValue) throws -> JSONValue {
        guard let step = path.first else { return value }
        if var list = json.array {
            let index = try #require(Int(step))
            list[index] = try setting(list[index], path.dropFirst(), to: value)
            return .array(list)
        }
        var object = try #require(json.object)
        object[step] = try setting(object[step] ?? .null, path.dropFirst(), to: value)
        return .object(object)
    }
}

extension PiQryptTests.Change {
    init(_ file: String, _ path: String, _ value: JSONValue, _ modes: [ConformanceMode] = [.strict, .compat]) {
        self.init(file: file, path: path.split(separator: ".").map(String.init), value: value, modes: modes)
    }
}
