public import ArgumentParser
internal import ChanceryWire
internal import Foundation

/// The `chancery` command.
public struct Chancery: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "chancery",
        abstract: "Trust infrastructure for AI agents: identities, signed chains and a transparency log.",
        discussion: """
            Everything is kept under one home (--home, CHANCERY_HOME, ~/.chancery) and can be checked offline by somebody \
            who trusts none of it. Start with `chancery demo`.

            Exit codes: 0 ok, 1 failure, 2 usage, 3 refused, 4 verification failed, 5 locked or unavailable.
            """,
        version: Version.text,
        subcommands: [
            Demo.self, Doctor.self, IdentityCommand.self, AgentCommand.self, Stamp.self, Verify.self, Export.self, Import.self,
            Forks.self, Search.self, History.self, Stats.self, MemoryCommand.self, A2ACommand.self, SessionCommand.self,
            LogCommand.self,
            ConformanceCommand.self,
        ])

    public init() {}

    /// Runs the command line and returns the exit code; nothing else ends the process.
    public static func run(_ arguments: [String]) -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            return 0
        } catch let stop as Stop {
            return stop.code
        } catch let error as any CodedError {
            Console.error("\(error.code): \(error.detail)")
            return ExitStatus.of(error.code)
        } catch {
            let code = exitCode(for: error)
            if code == .success {
                print(fullMessage(for: error))
                return 0
            }
            Console.error(fullMessage(for: error))
            return code == .validationFailure ? ExitStatus.usage : ExitStatus.failure
        }
    }
}

/// The version of the product.
enum Version {
    static let text = "0.1.0"
}

/// Ends a command with an exit code after its result was printed.
struct Stop: Error {
    let code: Int32
}

/// The one table from error codes to exit codes.
enum ExitStatus {
    static let ok: Int32 = 0
    static let failure: Int32 = 1
    static let usage: Int32 = 2
    static let refused: Int32 = 3
    static let verificationFailed: Int32 = 4
    static let unavailable: Int32 = 5

    static func of(_ code: String) -> Int32 {
        switch code {
        case "store.busy", "store.unavailable", "node.passphrase_required", "ledger.wrong_passphrase", "node.key_missing",
            "ledger.passphrase_required":
            unavailable
        case "node.invalid_name", "ledger.blank_passphrase", "ledger.invalid_passphrase", "command.usage": usage
        case "node.not_found", "store.full", "store.corrupt", "store.unsafe", "store.conflict", "suite.self_test_failed",
            "suite.operation_failed":
            failure
        // What was offered is genuine, but the rules say no to it now.
        case "ledger.handshake_not_accepted", "ledger.handshake_replayed", "ledger.handshake_not_fresh",
            "ledger.handshake_expired", "ledger.handshake_wrong_audience", "ledger.handshake_with_self",
            "ledger.session_phase", "ledger.session_time", "ledger.session_full", "ledger.session_foreign_member",
            "ledger.payload_collision", "ledger.payload_not_portable":
            refused
        case _ where code.hasPrefix("node."): refused
        case _ where code.hasPrefix("wire."): verificationFailed
        case _ where code.hasPrefix("suite."): verificationFailed
        case _ where code.hasPrefix("ledger."): verificationFailed
        default: failure
        }
    }
}

/// A mistake on the command line that the parser cannot see.
struct UsageError: CodedError {
    let detail: String
    var code: String { "command.usage" }

    init(_ detail: String) { self.detail = detail }
}
