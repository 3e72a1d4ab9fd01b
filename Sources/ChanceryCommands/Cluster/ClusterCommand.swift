internal import ArgumentParser
internal import ChanceryGovernance
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

/// `chancery cluster …`
struct ClusterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Run a federation of separate node processes on this machine, to try things out.",
        discussion: """
            Each node has a home, keys and a process of its own; `chancery --home FOLDER/n1/home --state FOLDER/n1/state …` is \
            one member. The keys are not encrypted.
            """,
        subcommands: [
            ClusterUp.self, ClusterStatus.self, ClusterStart.self, ClusterKill.self, ClusterPartition.self, ClusterStop.self,
        ])
}

struct ClusterOptions: ParsableArguments {
    @Option(name: .customLong("dir"), help: ArgumentHelp("Where the cluster is kept.", valueName: "folder"))
    var folder = "chancery-cluster"

    /// The folder from the root, by which its processes are found again.
    var path: String { URL(fileURLWithPath: folder).standardizedFileURL.path }
    var cluster: LocalCluster {
        get throws { try LocalCluster(in: path) }
    }

    func member(_ number: Int) throws -> LocalCluster {
        let cluster = try cluster
        guard (1...cluster.names.count).contains(number) else {
            throw UsageError("the nodes are 1 to \(cluster.names.count)")
        }
        return cluster
    }
}

struct ClusterUp: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Make a federation and start its nodes; or start those of one that is there.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ClusterOptions
    @Option(help: "How many nodes: 4 tolerate one that lies or is lost.") var nodes = 5
    @Option(help: "The port of the first node; the others follow.") var basePort = 9400
    @Flag(help: "Let the nodes talk over TLS with certificates of the federation, as on several machines.") var tls = false

    func validate() throws {
        guard LocalCluster.nodeCounts.contains(nodes) else { throw ValidationError("--nodes lies in 1…9") }
        guard (1...65_000).contains(basePort) else { throw ValidationError("--base-port lies in 1…65000") }
    }

    func run() throws {
        let isThere = FileManager.default.fileExists(atPath: place.path + "/cluster.json")
        let cluster =
            try isThere
            ? place.cluster
            : LocalCluster.make(
                in: place.path, nodes: nodes, basePort: basePort, usesTLS: tls)
        for number in 1...cluster.names.count { try cluster.start(number) }
        let federation = try cluster.home(1).federation.genesis().federation
        try options.show([
            "dir": .string(cluster.folder), "federation": .string(federation.text),
            "nodes": .array((1...cluster.names.count).map { .string(cluster.url($0)) }),
        ]) {
            "federation \(federation)\n"
                + (1...cluster.names.count).map { "n\($0)  \(cluster.url($0))  \(cluster.folder)/n\($0)" }
                .joined(separator: "\n")
        }
    }
}

struct ClusterStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show which nodes run and where each one's decision log stands.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ClusterOptions

    func run() throws {
        let cluster = try place.cluster
        let rows = try (1...cluster.names.count).map { number in
            (number, cluster.process(number), try cluster.home(number).desk.view())
        }
        try options.show(
            .array(
                rows.map { number, process, view in
                    [
                        "decision": .string(Hex.encode(view.head.id.bytes)), "node": .string("n\(number)"),
                        "pid": process.map { .integer(Int64($0)) } ?? .null, "slot": .integer(view.head.slot),
                    ]
                })
        ) {
            var table = Table(["node", "process", "slot", "decision", "open proposals"])
            for (number, process, view) in rows {
                table.add([
                    "n\(number)", process.map { String($0) } ?? "stopped", String(view.head.slot),
                    String(Hex.encode(view.head.id.bytes).prefix(16)),
                    String(view.proposals.count { view.standing(of: $0, at: Home.now()) == .voting(.open) }),
                ])
            }
            return table.text
        }
    }
}

struct ClusterStart: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Start one node again.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ClusterOptions
    @Argument(help: "The node's number.") var node: Int

    func run() throws {
        try place.member(node).start(node)
        try options.show(["node": .string("n\(node)")]) { "n\(node) runs" }
    }
}

struct ClusterKill: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Kill one node as a power cut would (SIGKILL).")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ClusterOptions
    @Argument(help: "The node's number.") var node: Int

    func run() throws {
        guard try place.member(node).signal(node, SIGKILL) else {
            throw NodeError(.notFound, "node \(node) does not run")
        }
        try options.show(["node": .string("n\(node)")]) { "killed n\(node)" }
    }
}

struct ClusterStop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop all nodes. Their homes stay; `cluster up` goes on with them.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ClusterOptions

    func run() throws {
        let count = try place.cluster.stop()
        try options.show(["stopped": .integer(Int64(count))]) { "stopped \(count) nodes" }
    }
}
