internal import ArgumentParser
internal import ChanceryClient
internal import ChanceryNode
internal import ChanceryTransport
internal import ChanceryWire
internal import Foundation

/// `chancery compute cluster …`
struct ComputeClusterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Run custodians and a coordinator as separate processes on this machine.",
        discussion: "Other compute commands take the folder as --dir. The keys are not encrypted.",
        subcommands: [
            ComputeClusterUp.self, ComputeClusterStatus.self, ComputeClusterStart.self, ComputeClusterKill.self,
            ComputeClusterStop.self,
        ])
}

struct ComputeClusterOptions: ParsableArguments {
    @Option(name: .customLong("dir"), help: ArgumentHelp("Where the cluster is kept.", valueName: "folder"))
    var folder = "chancery-compute"

    var cluster: ComputeCluster { get throws { try ComputeCluster(in: folder) } }

    func member(_ number: Int) throws -> ComputeCluster {
        let cluster = try cluster
        guard (0...cluster.size).contains(number) else {
            throw UsageError("custodians are 1 to \(cluster.size), and 0 is the coordinator")
        }
        return cluster
    }
}

struct ComputeClusterUp: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Make custodians and start them; or start those that are there.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputeClusterOptions
    @Option(name: .customLong("n"), help: "How many custodians, 3…9.") var size = 4
    @Option(name: .customLong("k"), help: "How many of them hold a secret together.") var quorum = 2
    @Option(help: "The coordinator's port; the custodians follow.") var basePort = 9500
    @Option(help: "Evaluations' material that each custodian keeps ready, 1…65536.") var material = 256

    func validate() throws {
        guard (1...65_000).contains(basePort) else { throw ValidationError("--base-port lies in 1…65000") }
        guard (1...65_536).contains(material) else { throw ValidationError("--material lies in 1…65536") }
    }

    func run() throws {
        let isThere = FileManager.default.fileExists(atPath: place.folder + "/compute.json")
        let cluster =
            try isThere
            ? place.cluster
            : ComputeCluster.make(
                in: place.folder, size: size, quorum: quorum, basePort: basePort, material: material)
        for number in 1...cluster.size { try cluster.start(number) }
        try cluster.start(0)
        try cluster.waitForKeys()
        try options.show([
            "custodians": .integer(Int64(cluster.size)), "dir": .string(cluster.folder), "url": .string(cluster.url),
        ]) { "\(cluster.size) custodians agreed on keys; the coordinator is \(cluster.url)" }
    }
}

struct ComputeClusterStatus: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show which processes run.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputeClusterOptions

    func run() throws {
        let cluster = try place.cluster
        let rows = (0...cluster.size).map { (cluster.name($0), cluster.process($0)) }
        try options.show(
            .array(rows.map { ["name": .string($0), "pid": $1.map { .integer(Int64($0)) } ?? .null] })
        ) {
            var table = Table(["name", "process"])
            for (name, process) in rows { table.add([name, process.map { String($0) } ?? "stopped"]) }
            return table.text
        }
    }
}

struct ComputeClusterStart: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start one process again; 0 is the coordinator.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputeClusterOptions
    @Argument(help: "The number.") var number: Int

    func run() throws {
        let cluster = try place.member(number)
        try cluster.start(number)
        try cluster.waitUntilReached(number)
        try options.show(["name": .string(cluster.name(number))]) { "\(cluster.name(number)) runs" }
    }
}

struct ComputeClusterKill: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Kill one process as a power cut would (SIGKILL); 0 is the coordinator.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputeClusterOptions
    @Argument(help: "The number.") var number: Int

    func run() throws {
        let cluster = try place.member(number)
        guard cluster.signal(number, SIGKILL) else { throw NodeError(.notFound, "\(cluster.name(number)) does not run") }
        try options.show(["name": .string(cluster.name(number))]) { "killed \(cluster.name(number))" }
    }
}

struct ComputeClusterStop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop all processes. Their homes stay; `compute cluster up` goes on with them.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputeClusterOptions

    func run() throws {
        let count = try place.cluster.stop()
        try options.show(["stopped": .integer(Int64(count))]) { "stopped \(count) processes" }
    }
}
