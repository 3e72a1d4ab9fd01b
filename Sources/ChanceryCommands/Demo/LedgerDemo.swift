internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryStorage
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

/// The ledger's story: identities, chains, log, proofs, and a stranger who trusts none of it.
struct LedgerDemo {
    private let folder: String
    private let printer: DemoPrinter

    init(folder: String, printer: DemoPrinter) {
        self.folder = folder
        self.printer = printer
    }

    func run() throws {
        let home = try Home(path: folder + "/home", state: folder + "/state")
        printer.title("Agents act, and every act is signed")
        let agents = try register(home)
        try pipeline(agents, home)
        printer.title("Agents meet")
        try DemoMeeting(folder: folder, printer: printer).run(agents, home)
        printer.title("The log remembers")
        try highRate(home)
        guard let planner = agents["planner"], let researcher = agents["researcher"] else {
            throw DemoFailure(detail: "the trace has no planner or researcher")
        }
        try rotate(researcher, home)
        let files = try publish(planner, home)
        printer.title("A stranger verifies, offline, with public documents only")
        try verify(files)
        printer.title("Then somebody attacks")
        try DemoAttacks(folder: folder, files: files, printer: printer).run(planner)
    }

    private func register(_ home: Home) throws -> [String: OpenIdentity] {
        try printer.step("three agents, each with Ed25519, ML-DSA-65 and X-Wing keys") {
            var agents: [String: OpenIdentity] = [:]
            for (name, role) in DemoTrace.agents {
                let name = try IdentityName(name)
                _ = try home.keeper.create(name, protection: .unencrypted)
                let identity = try home.keeper.open(name, .unencrypted)
                _ = try home.ledger.register(identity, role: role)
                agents[name.text] = identity
            }
            return (
                agents,
                agents.values.map(\.document.did.text).sorted().map { String($0.prefix(34)) + "…" }.joined(separator: "  ")
            )
        }
    }

    private func pipeline(_ agents: [String: OpenIdentity], _ home: Home) throws {
        try printer.step("a pipeline of \(DemoTrace.steps.count) acts, each signed twice and on disk before the next") {
            for step in DemoTrace.steps {
                guard let agent = agents[step.agent] else { continue }
                _ = try home.ledger.stamp([step.payload], as: agent)
            }
            let chains = try home.store.chains().filter { ChainState.isAgent($0.agent) }.map { "\($0.state.count) events" }
            return ((), "three chains of \(chains.joined(separator: ", ")); AISS-2.1, Ed25519 and ML-DSA-65")
        }
    }

    private func highRate(_ home: Home) throws {
        try printer.step("a busy sensor: 5,000 events under one hybrid signature per batch") {
            let name = try IdentityName("sensor")
            _ = try home.keeper.create(name, protection: .unencrypted)
            let sensor = try home.keeper.open(name, .unencrypted)
            let payloads = (0..<5000).map { index -> JSONObject in
                ["event_type": "reading", "litres_per_minute": .integer(Int64(200 + index % 17))]
            }
            let receipts = try home.ledger.stamp(payloads, as: sensor, profile: .batch)
            return ((), "\(receipts.count) durable events, each provable alone")
        }
    }

    private func rotate(_ agent: OpenIdentity, _ home: Home) throws {
        try printer.step("the researcher rotates every key") {
            let next = try home.ledger.rotate(agent, keeper: home.keeper, protection: .unencrypted)
            _ = try home.ledger.stamp([["event_type": "resumed"]], as: next)
            return ((), "document \(next.document.number), signed by the old root and by the one it had committed to; same DID")
        }
    }

    private func publish(_ agent: OpenIdentity, _ home: Home) throws -> DemoFiles {
        try printer.step("checkpoint, chain checkpoint and export") {
            try home.log.start(origin: "demo.chancery.local/ledger", protection: .unencrypted)
            let agentID = agent.document.agentID.text
            let export = try home.exporter.signedExport(of: agent, agentID: agentID)
            let audit = try home.exporter.auditExport(agentID: agentID)
            let checkpoint = try home.exporter.chainCheckpoint(
                of: agent, agentID: agentID, log: home.log, protection: .unencrypted)
            let identity = try PublicForm.document.bytes(home.keeper.documents(of: agent.name))
            let keys = try home.log.verifierKeys() ?? []
            let size = try home.log.published()?.head.size ?? 0
            let report = try LogAudit.run(store: home.store, log: home.log)
            guard report.isClean else { throw DemoFailure(detail: report.failures.joined(separator: "; ")) }
            let files = DemoFiles(
                export: export, audit: audit, checkpoint: try checkpoint.encoded(), identity: identity, logKeys: keys)
            return (
                files,
                "\(size) records under Ed25519 and ML-DSA-44; audit of \(report.records) records and \(report.tiles) tiles is clean"
            )
        }
    }

    private func verify(_ files: DemoFiles) throws {
        try printer.step("the export, with the identity document, the log's keys and the chain checkpoint") {
            let verdict = try files.verdict(on: files.export)
            guard verdict.isValid else { throw DemoFailure(detail: verdict.findings.joined(separator: "; ")) }
            return ((), verdict.checked.joined(separator: "; "))
        }
    }
}

/// The public files that leave the home.
struct DemoFiles {
    let export: [UInt8]
    let audit: [UInt8]
    let checkpoint: [UInt8]
    let identity: [UInt8]
    let logKeys: [NoteKey]

    /// What a stranger who has these files and nothing else says about `bytes`.
    func verdict(on bytes: [UInt8], withTail: Bool = true) throws -> DocumentVerdict {
        var keys = PinnedKeys()
        try keys.add(identity)
        let log = try CheckpointVerifier(logKeys)
        let checkpoint = withTail ? try ChainCheckpoint(decoding: checkpoint) : nil
        return try DocumentVerifier(keys: keys, log: log, checkpoint: checkpoint).verify(bytes)
    }
}
