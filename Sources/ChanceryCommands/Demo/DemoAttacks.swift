internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

/// Attacks on what the demonstration made. Each runs the ordinary verifier and must be refused.
struct DemoAttacks {
    private let folder: String
    private let files: DemoFiles
    private let printer: DemoPrinter

    init(folder: String, files: DemoFiles, printer: DemoPrinter) {
        self.folder = folder
        self.files = files
        self.printer = printer
    }

    func run(_ victim: OpenIdentity) throws {
        try printer.attack("one byte of the export is changed: the budget becomes 90,000", rule: "rule K4") {
            let text = String(decoding: files.export, as: UTF8.self)
            let changed = text.replacingOccurrences(of: "\\\"budget_eur\\\":900", with: "\\\"budget_eur\\\":90000")
            return changed == text ? nil : try files.verdict(on: Array(changed.utf8)).findings.first
        }
        try printer.attack("the last act is dropped from the audit export, hashes recomputed", rule: "logged chain head") {
            try files.verdict(on: withoutTail()).findings.first
        }
        try printer.attack("an act is replayed at the end of its chain", rule: "one nonce, one event") {
            let events = try events()
            let verdict = try ChainVerifier.verify(events + [events[1]], of: victim.document.aissIdentity(), start: .genesis)
            return verdict.findings.first { $0.reason == .nonceReplayed }?.description
        }
        try printer.attack("the agent itself signs a second history after the same act", rule: "rule L3") { try fork(victim) }
        try printer.attack("an impostor signs an act in the planner's name with keys of his own", rule: "rule K2") {
            try forge(victim)
        }
        try printer.attack("yesterday's backup of the store is restored and signed over", rule: "rule L5") {
            try restoreBackup()
        }
        try printer.attack("one byte of a published tile is flipped", rule: "rule L4") { try flipTile() }
    }

    private func events() throws -> [Event] {
        try (JSONParser.parse(files.audit)["events"]?.array ?? []).map { try Event($0) }
    }

    /// The chain without its last event, as an export that is in itself flawless.
    private func withoutTail() throws -> [UInt8] {
        let value = try JSONParser.parse(files.audit)
        guard let embedded = value["agent_identity"] else { return files.audit }
        let chain = try ChainVerifier.verify(Array(events().dropLast()), of: AgentIdentity(embedded), start: .genesis).get()
        return try AuditExport.encode(
            AuditExport.make(chain, exportedAt: value["exported_at"]?.integer ?? 0, exporter: "chancery"))
    }

    private func fork(_ victim: OpenIdentity) throws -> String? {
        let events = try events()
        let stamper = try EventStamper(victim.keys.aiss)
        let other = try stamper.stamp(
            ["event_type": "task_end", "outcome": "nothing was ordered"], profile: .aiss21, timestamp: events[1].timestamp,
            nonce: "another-history", previousHash: events[0].hash)
        let forks = Fork.find(in: events + [other.event])
        return forks.first.map {
            "two signed acts follow \($0.previousHash.prefix(12))…: a proof against the agent that anybody can check"
        }
    }

    private func forge(_ victim: OpenIdentity) throws -> String? {
        let impostor = try SigningKey<Purpose.AISS>.generate(.hybrid)
        let forged = try EventStamper(impostor).stamp(
            ["event_type": "tool_call", "tool": "payments.send"], profile: .aiss21, timestamp: 1_800_000_000, nonce: "forged",
            previousHash: events().last?.hash)
        var object = forged.event.object
        object["agent_id"] = .string(victim.document.agentID.text)
        return try files.verdict(on: Event(object).encoded()).findings.first
    }

    /// A store is copied, used further and signed; then the copy is put back.
    private func restoreBackup() throws -> String? {
        let path = folder + "/restored"
        let backup = folder + "/backup"
        try {
            let home = try Home(path: path, state: folder + "/restored-state")
            let name = try IdentityName("clerk")
            _ = try home.keeper.create(name, protection: .unencrypted)
            let clerk = try home.keeper.open(name, .unencrypted)
            _ = try home.ledger.stamp([["event_type": "opened"]], as: clerk)
            try home.log.start(origin: "demo.chancery.local/restored", protection: .unencrypted)
            _ = try home.log.publish(protection: .unencrypted)
            try FileManager.default.copyItem(atPath: path, toPath: backup)
            _ = try home.ledger.stamp([["event_type": "approved", "amount_eur": 50_000]], as: clerk)
            _ = try home.log.publish(protection: .unencrypted)
        }()
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: backup, toPath: path)
        let home = try Home(path: path, state: folder + "/restored-state")
        return Self.refusal { _ = try home.log.publish(protection: .unencrypted) }
    }

    private func flipTile() throws -> String? {
        let home = try Home(path: folder + "/home", state: folder + "/state")
        let tile = folder + "/home/log/tile/0/000"
        var bytes = try UserFile.read(tile)
        bytes[100] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: tile))
        return try LogAudit.run(store: home.store, log: home.log).failures.first
    }

    /// What `body` is refused with; nil when it gets through.
    static func refusal(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
