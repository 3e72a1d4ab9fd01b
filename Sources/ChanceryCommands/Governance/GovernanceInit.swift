internal import ArgumentParser
internal import ChanceryGovernance
internal import ChanceryNode
internal import ChanceryWire

struct GovernanceInit: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Found a federation: members, weights and thresholds in one genesis file.",
        discussion: """
            Every member gives its enrolment (`governance enrol`). The file's hash is the federation's id: give both to the \
            members, the id by another way than the file, and each adopts it with `governance join`. Thresholds are \
            supermajority (more than 2/3 of the total weight, default), simple-majority, unanimous, pbft-classic, or a \
            fraction such as 3/4 that must be exceeded.
            """)

    @OptionGroup var options: GlobalOptions
    @Option(help: "The federation's name.") var name: String
    @Option(help: ArgumentHelp("A member's enrolment; `file=3` gives it the weight 3.", valueName: "file[=weight]"))
    var member: [String]
    @Option(help: ArgumentHelp("The threshold of all kinds, or of one; may be repeated.", valueName: "[kind=]threshold"))
    var threshold: [String] = []
    @Flag(help: "Accept a committee in which one lost or lying member stops or outvotes the rest.") var tolerateNoFault = false
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        let founders = try member.map { text -> Genesis.Founder in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let path = parts.first, !path.isEmpty, let weight = parts.count == 1 ? 1 : Int64(parts[1]), weight > 0 else {
                throw UsageError("`\(text)` is not of the form FILE or FILE=WEIGHT")
            }
            return .init(try EnrolmentFile.read(String(path)), weight: weight)
        }
        let thresholds = try ThresholdArguments(threshold).thresholds
        for threshold in Set([thresholds.standard] + thresholds.byKind.values) {
            if let warning = threshold.warning { options.remark("warning: \(warning)") }
        }
        let genesis = try home.federation.found(
            name: name, founders: founders, thresholds: thresholds, toleratesNoFault: tolerateNoFault)
        if genesis.committee.toleratesNoFault {
            options.remark("warning: this federation tolerates no fault; a member that is lost may stop it for ever")
        }
        try UserFile.write(genesis.bytes, to: out)
        try options.showWritten(["federation": .string(genesis.federation.text)], to: out)
        if !options.json { options.remark("federation \(genesis.federation)") }
    }
}

/// Enrolments as files.
enum EnrolmentFile {
    static func read(_ path: String) throws -> Enrolment {
        try Enrolment(verifying: JSONParser.parse(UserFile.read(path, limit: UserFile.identityLimit), limits: .document))
    }
}

/// Thresholds as people write them.
struct ThresholdArguments {
    let thresholds: Thresholds

    init(_ arguments: [String]) throws {
        var standard = Threshold.supermajority
        var kinds: [ProposalKind: Threshold] = [:]
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 1 {
                standard = try Self.threshold(argument)
            } else if let kind = ProposalKind(rawValue: parts[0]) {
                kinds[kind] = try Self.threshold(parts[1])
            } else {
                throw UsageError(
                    "`\(parts[0])` is no kind of proposal: \(ProposalKind.allCases.map(\.rawValue).joined(separator: ", "))")
            }
        }
        thresholds = Thresholds(standard: standard, byKind: kinds)
    }

    private static func threshold(_ text: String) throws -> Threshold {
        switch text {
        case "supermajority": return .supermajority
        case "simple-majority": return .simpleMajority
        case "unanimous": return .unanimous
        case "pbft-classic": return .pbftClassic
        default:
            let parts = text.split(separator: "/").compactMap { Int64($0) }
            guard parts.count == 2 else {
                throw UsageError("`\(text)` is no threshold: supermajority, simple-majority, unanimous, pbft-classic or N/M")
            }
            return .approvals(try Fraction(parts[0], parts[1], strict: parts[0] < parts[1]))
        }
    }
}
