import ChanceryConformance
import ChanceryWire
import Foundation
import Testing

struct PQCTests {
    static let folder = VectorFolder.path("pqc")

    @Test(.enabled(if: folder != nil, "vectors/pqc is not here"), arguments: [ConformanceMode.strict, .compat])
    func `every case of the lattice, canonical, governance and vault vectors passes`(mode: ConformanceMode) async throws {
        let run = try await ConformanceRun(directory: #require(Self.folder), runners: PQCVectors.runners, mode: mode)
        print(run.lines(verbose: false).joined(separator: "\n"))
        for report in run.reports {
            #expect(report.log.failures.isEmpty, "\(report.lines(verbose: true).joined(separator: "\n"))")
        }
        #expect(run.reports.map(\.title).compactMap { $0 }.count == 12)
        #expect(run.unknown.isEmpty)
    }

    @Test(arguments: [
        ("quorum.json", 234), ("tally_events.json", 43), ("authorization.json", 62), ("expiry.json", 14),
        ("envelopes.json", 91), ("artifacts.json", 68), ("policy.json", 34), ("vault_sequences.json", 16),
    ])
    func `every case of governance and vault is run`(name: String, count: Int) async throws {
        guard let folder = Self.folder else { return }
        for mode in [ConformanceMode.strict, .compat] {
            let run = try await ConformanceRun(directory: folder + "/" + name, runners: PQCVectors.runners, mode: mode)
            #expect(run.failed == 0 && run.passed == count, "\(run.lines(verbose: true).joined(separator: "\n"))")
        }
    }

    struct Change: Sendable {
        let file: String
        let old: String
        let new: String
        /// How many cases fail when every `old` becomes `new`.
        let strict: Int
        let compat: Int

        init(_ file: String, _ old: String, _ new: String, strict: Int, compat: Int) {
            (self.file, self.old, self.new, self.strict, self.compat) = (file, old, new, strict, compat)
        }
    }

    static let changes: [Change] = [
        Change("quorum.json", "\"reason_class\": \"all-abstain\"", "\"reason_class\": \"approval\"", strict: -1, compat: -1),
        Change("quorum.json", "\"status_after\": \"passed\"", "\"status_after\": \"rejected\"", strict: -1, compat: -1),
        Change("quorum.json", "< 66.67%", "< 66.66%", strict: -1, compat: -1),
        Change("quorum.json", "0.6666666666666666", "0.6666666666666667", strict: -1, compat: -1),
        Change("expiry.json", "\"recommended\": true", "\"recommended\": false", strict: 2, compat: 2),
        Change("expiry.json", "\"recommended\": \"refuse\"", "\"recommended\": false", strict: 9, compat: 9),
        Change("envelopes.json", "\"recommended\": true", "\"recommended\": false", strict: 8, compat: 0),
        Change("envelopes.json", "\"verify\": false", "\"verify\": true", strict: 0, compat: -1),
        Change("envelopes.json", "\"digest\": \"3", "\"digest\": \"4", strict: 2, compat: 2),
        Change("authorization.json", "\"grant_verify\": false", "\"grant_verify\": true", strict: -1, compat: -1),
        Change("authorization.json", "\"raises\": \"GovernanceError\"", "\"raises\": \"Other\"", strict: 1, compat: 1),
        Change("tally_events.json", "\"verify_result\": true", "\"verify_result\": false", strict: 32, compat: 43),
        Change("tally_events.json", "duplicate ignored", "counted", strict: -1, compat: -1),
        Change("tally_events.json", "first vote invalid, second counted", "another remedy", strict: 1, compat: 0),
        Change("artifacts.json", "raises ValueError", "raises DecryptionError", strict: -1, compat: -1),
        Change("artifacts.json", "\"outcome\": \"ok:", "\"outcome\": \"ok:00", strict: -1, compat: -1),
        Change("policy.json", "not allowed to read", "may not read", strict: -1, compat: -1),
        Change("policy.json", "\"allowed\": true", "\"allowed\": false", strict: -1, compat: -1),
        Change("vault_sequences.json", "content:74776f", "content:00", strict: -1, compat: -1),
        Change("vault_sequences.json", "raises UnknownArtifactError", "raises KeyError", strict: -1, compat: -1),
        // What the package does where the vault differs is held against the labelled profile.
        Change("vault_sequences.json", "raises DecryptionError", "content:6f6e65", strict: 0, compat: 2),
        Change("vault_sequences.json", "detect rollback", "let it be", strict: 1, compat: 0),
    ]

    @Test(arguments: changes)
    func `an altered statement fails its cases`(change: Change) async throws {
        guard let folder = Self.folder else { return }
        let text = try String(contentsOfFile: folder + "/" + change.file, encoding: .utf8)
        let bytes = Array(text.replacingOccurrences(of: change.old, with: change.new).utf8)
        let file = VectorFile(name: change.file, bytes: bytes) { _ in [] }
        let runner = try #require(PQCVectors.runners.first { $0.recognises(file) })
        for (mode, count) in [(ConformanceMode.strict, change.strict), (.compat, change.compat)] {
            var log = CaseLog()
            try await runner.run(file, mode, &log)
            // A negative count stands for at least one.
            #expect(count < 0 ? !log.failures.isEmpty : log.failures.count == count, "\(mode): \(log.failures.count)")
        }
    }
}
