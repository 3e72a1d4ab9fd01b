import ArgumentParser
import ChanceryNode
import Foundation

/// Measures the ledger through the same interfaces that the commands use, and another implementation beside it.
@main
struct ChanceryBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chancery-bench",
        abstract: "Measures stamping, verification, search, the log, governance, the gate, the vault and threshold execution.")

    @Option(help: "Also write the raw figures to this file, as one JSON object.") var json: String?
    @Flag(help: "Small sizes and two rounds: shows that everything runs, gives no figures to quote.") var quick = false
    @Option(help: "A folder on the disk to measure; the homes in it are removed afterwards.") var folder = ".build"
    @Option(help: "What compiled this, for the report.") var compiler = "Swift"
    @Option(help: "Measure only the parts whose name begins so: stamp.aiss1, stamp.batch, verify, search, gate, …") var only =
        ""
    @Option(help: "A command that answers measurements of another implementation; words separated by spaces.")
    var peer: String?
    @Option(help: "The same for policy engines, which the parts `gate` are held against.") var gatePeer: String?
    @Option(help: "The same for what seals files, which the parts `vault` are held against.") var vaultPeer: String?

    @Option(help: "The same for threshold execution, which the part `compute` is held against.") var computePeer: String?

    @Option(help: "How many artifacts `vault.rewrap` re-wraps; 10,000 where it is not said, 200 in a quick run.")
    var artifacts: Int?

    func validate() throws {
        if let artifacts, artifacts < 1 { throw ValidationError("at least one artifact is re-wrapped") }
    }

    func run() throws {
        var scale = quick ? Scale.quick : Scale.full
        if let artifacts { scale.rewrappedArtifacts = artifacts }
        var peers: [String: Peer] = [:]
        var measurements: [Measurement] = []
        for (name, measure) in Self.parts where name.hasPrefix(only) {
            let command =
                switch name.prefix(while: { $0 != "." }) {
                case "gate": gatePeer
                case "vault": vaultPeer
                case "compute": computePeer
                default: peer
                }
            let peer = try command.map { try peers[$0] ?? Peer(command: $0, in: folder) }
            if let command { peers[command] = peer }
            FileHandle.standardError.write(Data("measuring \(name)\n".utf8))
            measurements += try measure(Bench(in: folder, scale: scale, peer: peer))
        }
        let report = Report(
            measurements: measurements, rounds: scale.rounds, machine: Machine(folder: folder, compiler: compiler))
        print(report.table())
        if let json { try Data(try report.json()).write(to: URL(fileURLWithPath: json)) }
    }

    private static let parts: [(String, @Sendable (Bench) throws -> [Measurement])] = [
        ("disk", DiskBench.run), ("stamp.memory", StampingBench.inMemory), ("stamp.aiss1", StampingBench.classical),
        ("stamp.single", StampingBench.single), ("stamp.aiss21", StampingBench.hybrid),
        ("stamp.batch", StampingBench.batch), ("verify.aiss1", ChainBench.classical),
        ("verify.aiss21", ChainBench.hybrid), ("search", SearchBench.run),
        ("governance.decision", GovernanceBench.decision), ("governance.authorized", GovernanceBench.authorized),
        ("governance.simulation", GovernanceBench.simulation), ("governance.http", ClusterBench.decision),
        ("gate.policy", PolicyBench.small), ("gate.large", PolicyBench.large), ("gate.mixed", PolicyBench.mixed),
        ("gate.durable", DurableBench.run), ("gate.socket", SocketBench.run), ("gate.desk", DeskBench.run),
        ("gate.mcp", GatewayBench.run), ("gate.vigil", VigilBench.run),
        ("vault.memory", VaultMemoryBench.run), ("vault.put", VaultBench.put), ("vault.get", VaultBench.get),
        ("vault.disk", VaultBench.disk), ("vault.read", VaultBench.read),
        ("vault.rewrap", VaultBench.rewrap), ("compute", ComputeBench.run),
    ]
}
