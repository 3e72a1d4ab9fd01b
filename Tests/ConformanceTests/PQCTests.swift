import ChanceryConformance
import Testing

struct PQCTests {
    static let folder = VectorFolder.path("pqc")
    static let later: Set = [
        "artifacts.json", "authorization.json", "envelopes.json", "expiry.json", "policy.json", "quorum.json",
        "tally_events.json", "vault_sequences.json",
    ]

    @Test(.enabled(if: folder != nil, "vectors/pqc is not here"), arguments: [ConformanceMode.strict, .compat])
    func `every case of the lattice and canonical vectors passes`(mode: ConformanceMode) throws {
        let run = try ConformanceRun(directory: #require(Self.folder), runners: PQCVectors.runners, mode: mode)
        print(run.lines(verbose: false).joined(separator: "\n"))
        for report in run.reports {
            #expect(report.log.failures.isEmpty, "\(report.lines(verbose: true).joined(separator: "\n"))")
        }
        #expect(run.reports.map(\.title).compactMap { $0 }.count == 4)
        #expect(Set(run.unknown) == Self.later)
    }
}
