internal import ArgumentParser
internal import ChanceryWire

struct ClusterPartition: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partition", abstract: "Cut the network between groups of nodes, as 1,2 3,4,5; --heal joins them again.",
        discussion: "Nodes of a group keep talking to each other. Running nodes follow within a second.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ClusterOptions
    @Argument(help: "The groups; each node stands in one.") var groups: [String] = []
    @Flag(help: "Let every node talk to every other again.") var heal = false

    func run() throws {
        let cluster = try place.cluster
        let groups = try heal ? [Array(1...cluster.names.count)] : groups.map(Self.numbers)
        guard heal == self.groups.isEmpty, groups.joined().sorted() == Array(1...cluster.names.count) else {
            throw UsageError("name each of the nodes 1 to \(cluster.names.count) in one group, or --heal")
        }
        try cluster.connect(groups)
        try options.show([
            "groups": .array(groups.map { .array($0.map { .integer(Int64($0)) }) })
        ]) { groups.map { $0.map { "n\($0)" }.joined(separator: " ") }.joined(separator: "  |  ") }
    }

    private static func numbers(_ text: String) throws -> [Int] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let number = Int(part) else { throw UsageError("`\(text)` is no group of nodes, such as 1,2") }
            return number
        }
    }
}
