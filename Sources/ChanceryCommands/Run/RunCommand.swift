internal import ArgumentParser
internal import ChanceryGate
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChanceryTransport
internal import ChanceryWire
internal import Foundation

/// `chancery run -- COMMAND`
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Ask the gate, and run a command only when it says yes.",
        discussion: """
            `chancery run --agent planner -- git push` asks for the action `run_command` with the program's path, its arguments \
            and the folder as payload, uses the permission, runs the command, and notes what came of it. The command gets \
            CHANCERY_SOCKET and CHANCERY_AGENT, and no passphrase. Its standard streams are ours, and so is the rest of its \
            environment: the gate is not asked about that, and what it holds, such as LD_PRELOAD, can change what the command \
            does. A server is started for the time of the command when none answers at CHANCERY_SOCKET or in the home.

            SIGTERM and SIGHUP are handed on to the command, unless they are ignored, as under `nohup`; the SIGHUP of a terminal \
            that goes away reaches it by itself. Before the command runs, a signal ends the wait for a person at once; while the \
            gate is asked it waits for the answer, and a permission that was used is noted as failed.

            What the policy wants in a log is one line on standard error. A permission that owes what is not known here, or a \
            `notify` where no person was asked, is noted as failed, and the command not started.

            Ends with the status of the command, 128 and the number of the signal that ended it, or with the exit code of an \
            error of ours, which standard error names: 3 when the gate says no, 5 when it does not answer in time or in a way \
            that is understood. The command is not started then.
            """)

    @OptionGroup var options: GlobalOptions
    @Option(help: "The agent that acts (CHANCERY_AGENT).") var agent: String?
    @Option(help: "The action that the gate is asked about.") var action = "run_command"
    @Option(help: ArgumentHelp("The host that the command is about, if its arguments name none.", valueName: "host"))
    var target: String?
    @Option(help: ArgumentHelp("The socket of `chancery serve --sign` (CHANCERY_SOCKET).", valueName: "path")) var socket:
        String?
    @Option(help: ArgumentHelp("How long the gate may take for an answer.", valueName: "seconds")) var patience = 10
    @Option(help: ArgumentHelp("How long to wait for a person where the policy asks one.", valueName: "seconds")) var wait = 0
    @Flag(help: "Count and hash what the command writes; its output is a pipe then.") var hashOutput = false
    @Option(help: ArgumentHelp("For a server that has to be started: its passphrase.", valueName: "file"))
    var passphraseFile: String?
    @Flag(help: "For a server that has to be started: the agents' keys are unencrypted.") var insecureNoPassphrase = false
    @Argument(parsing: .postTerminator, help: "The command, after `--`.") var command: [String] = []

    func validate() throws {
        guard !command.isEmpty else { throw ValidationError("name a command after `--`") }
        guard (1...120).contains(patience) else { throw ValidationError("--patience lies in 1…120") }
        guard (0...86_400).contains(wait) else { throw ValidationError("--wait lies in 0…86400") }
    }

    func run() throws {
        let signals = EndSignals()
        let child = try ChildCommand(command)
        let agent = agent ?? Settings.value("CHANCERY_AGENT", alias: "PIQRYPT_AGENT_NAME")
        let action = try GatedAction(
            action,
            payload: [
                "arguments": .array(command.dropFirst().map { .string($0) }), "command": .string(command[0]),
                "directory": .string(FileManager.default.currentDirectoryPath), "executable": .string(child.executable),
            ], target: target)
        let (path, server) = try place(signals)
        // Also where an error is noted.
        defer { withExtendedLifetime(server) {} }
        let gate = GateConversation(at: path, patience: .seconds(patience))
        try signals.check()
        let decision = try permission(of: gate, for: action, agent, signals)
        var environment = ["CHANCERY_SOCKET": path]
        environment["CHANCERY_AGENT"] = agent
        let started = ContinuousClock.now
        let ending: ChildCommand.Ending
        do {
            ending = try child.run(environment, hashingOutput: hashOutput, signals)
        } catch {
            let why = (error as? Stop).map { "signal \($0.code - 128)" } ?? "\(error)"
            note(.init(decision, .failed, result: nil, detail: "not started: \(why)", caller: ""), to: gate, agent)
            throw error
        }
        let spent = (ContinuousClock.now - started) / Duration.milliseconds(1)
        let facts = zip(["stdout", "stderr"], [ending.output, ending.error]).map { name, facts in
            facts.map { "; \(name) \($0.bytes) bytes, sha256 \(Hex.encode($0.digest))" } ?? ""
        }
        let status: GateEvent.Outcome.Status =
            switch ending.status {
            case nil: .unknown
            case 0?: .done
            default: .failed
            }
        let end = ending.status.map { "exit \($0)" } ?? "the system does not say how it ended"
        note(
            .init(
                decision, status, result: ending.output?.digest, detail: "\(end); \(Int64(spent)) ms" + facts.joined(),
                caller: ""), to: gate, agent)
        guard let code = ending.status else {
            throw SystemFailure(detail: "the system does not say how `\(child.executable)` ended")
        }
        if code != 0 { throw Stop(code: code) }
    }

    /// Where a server answers: the one that is named, the home's own, or one that is started for us.
    private func place(_ signals: EndSignals) throws -> (String, SigningServer?) {
        if let named = socket ?? Settings.value("CHANCERY_SOCKET") { return (named, nil) }
        let home = try Home(options, .reading)
        let path = home.path + "/chancery.sock"
        if GateConversation(at: path, patience: .seconds(patience)).isAnswering { return (path, nil) }
        let arguments =
            passphraseFile.map { ["--passphrase-file", $0] } ?? (insecureNoPassphrase ? ["--insecure-no-passphrase"] : [])
        return (path, try SigningServer(at: path, home, arguments, patience: .seconds(patience), signals))
    }

    /// A permission that was used, with what is owed done.
    private func permission(
        of gate: GateConversation, for action: GatedAction, _ agent: String?, _ signals: EndSignals
    ) throws -> DecisionID {
        switch try gate.decide(action, for: agent) {
        case .permitted(let id, let owed, let why):
            if let channel = owed.first(where: { $0.name == .notify })?.value {
                let detail = "nobody tells `\(channel)` where no person is asked"
                note(.init(id, .failed, result: nil, detail: "not started: \(detail)", caller: ""), to: gate, agent)
                throw GateError(.notApproved, "\(why); \(detail)")
            }
            log(action, owed, why)
            return id
        case .denied(let why): throw GateError(.notApproved, "the gate says \(why)")
        case .waiting(let id, let owed, let why):
            guard wait > 0 else {
                throw GateError(
                    .notApproved, "\(why); decision \(id.short) waits for a person: --wait, or `gate approve` first")
            }
            options.remark("waiting for a person: \(why); decision \(id.short)")
            // The server tells the channels, and takes no approval without the reason that is owed.
            try gate.redeem(id, action, for: agent, waiting: wait, signals)
            log(action, owed, why)
            return id
        }
    }

    /// What the policy wants in a log that people read, which `--quiet` does not change.
    private func log(_ action: GatedAction, _ owed: [Obligation], _ why: String) {
        guard owed.contains(where: { [.log, .logExternalCall, .logLevel, .logPayload].contains($0.name) }) else { return }
        let level = owed.first { $0.name == .logLevel }?.value ?? "info"
        let payload = owed.contains { $0.name == .logPayload } ? try? CanonicalForm.jcs.encode(.object(action.payload)) : nil
        let shown = payload.map { String(decoding: $0, as: UTF8.self) } ?? Hex.encode(action.hash)
        Console.remark("\(level): \(action.name) of \(action.target ?? "no target"), \(why): \(shown)")
    }

    /// What has happened cannot be taken back: an outcome that nobody takes is said, and shows among the orphans.
    private func note(_ outcome: GateEvent.Outcome, to gate: GateConversation, _ agent: String?) {
        do {
            try gate.note(outcome, for: agent)
        } catch {
            let coded = error as? any CodedError
            Console.error(coded?.code ?? "command.failed", "the outcome was not noted: \(coded?.detail ?? "\(error)")")
        }
    }
}
