public import ArgumentParser
internal import ChanceryWire
internal import Foundation

/// The `chancery` command.
public struct Chancery: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "chancery",
        abstract: """
            Trust infrastructure for AI agents: identities and signed chains, a transparency log, decisions by quorum, a gate \
            for every action, and a vault for models and credentials.
            """,
        discussion: """
            Everything is kept under one home (--home, CHANCERY_HOME, ~/.chancery) and can be checked offline by somebody \
            who trusts none of it. Start with `chancery demo`.

            Exit codes: 0 ok, 1 failure, 2 usage, 3 refused, 4 verification failed, 5 locked or unavailable.
            """,
        version: Version.text,
        subcommands: [
            Demo.self, Doctor.self, IdentityCommand.self, AgentCommand.self, Stamp.self, Verify.self, Export.self, Import.self,
            Forks.self, Search.self, History.self, Stats.self, MemoryCommand.self, A2ACommand.self, SessionCommand.self,
            LogCommand.self, EvidenceCommand.self, PolicyCommand.self, GateCommand.self, ApproverCommand.self,
            VigilCommand.self, MCPCommand.self,
            VaultCommand.self, KeysCommand.self, SealCommand.self, OpenCommand.self, InferCommand.self,
            GovernanceCommand.self, ClusterCommand.self, CustodianCommand.self, ComputeCommand.self, SimulateCommand.self,
            CACommand.self, Serve.self,
            APIKeyCommand.self, APICommand.self,
            ConformanceCommand.self,
        ])

    public init() {}

    /// Runs the command line and returns the exit code; nothing else ends the process.
    public static func run(_ arguments: [String]) -> Int32 {
        do {
            var command = try parseAsRoot(LeadingOptions.moved(arguments, root: Self.self))
            try command.run()
            try Console.requireWritten()
            return ExitStatus.ok
        } catch {
            return report(error)
        }
    }

    /// Says on one line what ended a command, and gives the exit code.
    private static func report(_ error: any Error) -> Int32 {
        switch error {
        case let stop as Stop: return stop.code
        case let error as OutputError where error.isClosedPipe: return ExitStatus.failure
        case let error as any CodedError:
            Console.error(error.code, error.detail)
            return ExitStatus.of(error.code)
        default: break
        }
        switch exitCode(for: error) {
        case .success:
            // Help and the version, which the parser throws.
            do {
                try Console.print(fullMessage(for: error))
                return ExitStatus.ok
            } catch {
                return report(error)
            }
        case .validationFailure:
            let message = message(for: error).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return report(UsageError("\(message); --help of the command says more"))
        default:
            return report(SystemFailure(detail: error.localizedDescription))
        }
    }
}

/// The version of the product.
enum Version {
    static let text = "0.1.0"
}
