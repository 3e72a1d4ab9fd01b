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
            programs of its own with the keys of K custodians' people (--approver, a custodian's home each). For two checks \
            custodians' processes are stopped, one of them and all but K − 1: that takes --dir, without which they are skipped. \
            Ends with 3 when a check fails.
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
        let (failed, skipped) = (results.count { $0.failure != nil }, results.count { $0.skipped != nil })
        let passed = results.count - failed - skipped
        try options.show([
            "checks": .array(
                results.map {
                    [
                        "failure": $0.failure.map { .string($0) } ?? .null, "name": .string($0.name),
                        "section": .string($0.section), "skipped": $0.skipped.map { .string($0) } ?? .null,
                    ]
                }), "passed": .integer(Int64(passed)), "skipped": .integer(Int64(skipped)),
            "total": .integer(Int64(results.count)),
        ]) {
            let lines = results.map { result in
                let mark = result.failure != nil ? "FAIL" : result.skipped != nil ? "skip" : "pass"
                return "\(result.section)  \(mark)  \(result.name)"
                    + ((result.failure ?? result.skipped).map { ": " + Console.printable($0) } ?? "")
            }
            return lines.joined(separator: "\n") + "\n\(passed)/\(results.count) passed"
                + (skipped == 0 ? "" : ", \(skipped) skipped")
        }
        guard failed == 0 else {
            throw CustodianError(.refused, "\(failed) of \(results.count) checks failed")
        }
    }
}
