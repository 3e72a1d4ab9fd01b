internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
internal import ChancerySuite
internal import ChanceryVigil
internal import ChanceryWire

/// `chancery vigil …`
struct VigilCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vigil", abstract: "How agents behave, from what the log proves of them.",
        discussion: "Looking changes nothing: every number follows from the records of the log and the moment asked about.",
        subcommands: [
            VigilStatus.self, VigilAgent.self, VigilAlerts.self, VigilExplain.self, VigilWatch.self,
            VigilProfileCommand.self,
        ])
}

struct VigilStatus: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show every agent's risk and its four parts.")

    @OptionGroup var options: GlobalOptions

    func run(in home: Home) throws {
        let all = try home.vigil.assessments()
        try options.show(.array(all.map { VigilBody.json($0.name, $0.assessment) })) { VigilView.table(all) }
    }
}

struct VigilAgent: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "agent", abstract: "Show one agent's scores.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The agent: name, DID or agent id.") var agent: String
    @Option(help: ArgumentHelp("As of a moment, such as 2026-11-21T10:40:00.000Z, from what is known now.", valueName: "time"))
    var at: String?

    func run(in home: Home) throws {
        let (record, document) = try home.registry.agent(called: agent)
        let time = try at.map { text in try UsageError.reading("--at") { try UTCTime(text) } }
        let assessment = try home.vigil.assessment(of: document.did, at: time)
        try options.show(VigilBody.json(record.name, assessment)) { VigilView.text(record.name, assessment) }
    }
}

struct VigilAlerts: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "List what gives cause for concern now, with the records that show it.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "Only this agent: name, DID or agent id.") var agent: String?

    func run(in home: Home) throws {
        let only = try agent.map { try home.registry.agent(called: $0).identity.did.text }
        let found = try home.vigil.assessments().filter { only == nil || $0.assessment.agent == only }
        let alerts = found.flatMap { agent in agent.assessment.alerts.map { (agent.name, $0) } }
        try options.show(.array(alerts.map { VigilBody.json($0, $1) })) {
            var table = Table(["severity", "agent", "alert", "evidence"])
            for (name, alert) in alerts {
                table.add([alert.severity.rawValue, name, alert.text, alert.evidence.joined(separator: " ")])
            }
            return table.text
        }
    }
}

struct VigilExplain: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say in words how an agent's risk comes about, part by part.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The agent: name, DID or agent id.") var agent: String

    func run(in home: Home) throws {
        let (record, document) = try home.registry.agent(called: agent)
        let assessment = try home.vigil.assessment(of: document.did)
        try options.show(VigilBody.json(record.name, assessment)) { VigilView.explanation(record.name, assessment) }
    }
}

struct VigilWatch: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Print an agent's line each time its risk or band changes.")

    @OptionGroup var options: GlobalOptions
    @Option(help: ArgumentHelp("How often to look (s, m).", valueName: "time")) var interval = "5s"
    @Option(help: "Stop after looking this often; 0 goes on until it is stopped.") var times = 0

    func validate() throws {
        guard times >= 0 else { throw ValidationError("--times is not negative") }
    }

    func run(in home: Home) throws {
        let pause = try TimeSpan(interval, option: "--interval").seconds
        let vigil = home.vigil
        var shown: [String: String] = [:]
        var looked = 0
        while true {
            for (name, assessment) in try vigil.assessments() {
                let line = VigilView.line(name, assessment)
                guard shown.updateValue(line, forKey: assessment.agent) != line else { continue }
                try options.show(VigilBody.json(name, assessment)) { "\(Home.now().text)  \(line)" }
            }
            looked += 1
            if times > 0, looked >= times { return }
            try Daemon.run { try await Task.sleep(for: .seconds(pause)) }
        }
    }
}
