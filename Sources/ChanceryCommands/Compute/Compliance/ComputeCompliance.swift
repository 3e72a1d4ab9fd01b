internal import ArgumentParser
internal import ChanceryCustodian
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryOracle
internal import ChanceryTransport
internal import ChanceryWire
internal import Foundation

struct ComputeCompliance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compliance", abstract: "Hold a live committee against the 13 checks that QuorumVM names.",
        discussion: """
            Speaks QuorumVM's interface with the gateway at --coordinator (`compute gateway`), as its clients do, and approves \
            programs of its own with the keys of K custodians' people (--approver, a custodian's home each). With --dir one \
            custodian's process is stopped for a second while an evaluation runs; elsewhere that is the operator's to do. Ends with \
            3 when a check fails.
            """)

    @OptionGroup var options: GlobalOptions
    @Option(help: ArgumentHelp("The gateway that speaks QuorumVM's interface.", valueName: "url"))
    var coordinator = "http://127.0.0.1:8000"
    @Option(help: ArgumentHelp("The list of custodians, as you pinned it.", valueName: "file")) var roster: String?
    @Option(help: ArgumentHelp("A custodian's home with the key of its people; K of them.", valueName: "folder"))
    var approver: [String] = []
    @Option(
        name: .customLong("dir"),
        help: ArgumentHelp("A folder of `compute cluster up`: stands for --roster and --approver.", valueName: "folder"))
    var folder: String?
    @Option(help: "The custodians' epoch.") var epoch: Int64 = 1
    @OptionGroup var passphrase: PassphraseSource

    func run() throws {
        guard let rosterPath = roster ?? folder.map({ $0 + "/roster.json" }) else {
            throw UsageError("name the custodians that you pinned: --roster FILE, or --dir FOLDER")
        }
        let pinned = try CustodianRoster(decoding: UserFile.read(rosterPath, limit: CustodianRoster.maximumBytes))
        let homes =
            approver.isEmpty
            ? folder.map { folder in (1...pinned.set.threshold).map { "\(folder)/c\($0)/home" } } ?? [] : approver
        guard homes.count == pinned.set.threshold else {
            throw UsageError("\(pinned.set.threshold) custodians' people approve: --approver HOME for each")
        }
        let people = try homes.map { path in
            let home = try CustodianHome(path: path, state: "/nonexistent")
            return try CompliancePerson(
                home.did(), home.approvalKey(passphrase.opening(home.approvalCustody(), options)), in: pinned)
        }
        let run = try ComplianceRun(
            UsageError.reading("--coordinator") { try PeerAddress(coordinator) }, people, roster: pinned, epoch: epoch,
            cluster: folder.map { try ComputeCluster(in: $0) })
        let results = try Daemon.result { try await run.results() }
        let passed = results.count { $0.failure == nil }
        try options.show([
            "checks": .array(
                results.map {
                    [
                        "failure": $0.failure.map { .string($0) } ?? .null, "name": .string($0.name),
                        "section": .string($0.section),
                    ]
                }), "passed": .integer(Int64(passed)), "total": .integer(Int64(results.count)),
        ]) {
            let lines = results.map { result in
                "\(result.section)  \(result.failure == nil ? "pass" : "FAIL")  \(result.name)"
                    + (result.failure.map { ": " + Console.printable($0) } ?? "")
            }
            return lines.joined(separator: "\n") + "\n\(passed)/\(results.count) passed"
        }
        guard passed == results.count else {
            throw CustodianError(.refused, "\(results.count - passed) of \(results.count) checks failed")
        }
    }
}
