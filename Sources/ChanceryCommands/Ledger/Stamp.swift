public import ArgumentParser
internal import ChanceryLedger
public import ChanceryNode
internal import ChanceryWire

struct Stamp: HomeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stamp events onto an agent's chain. What is acknowledged is durable.",
        discussion: """
            One payload with --payload, or many as JSON Lines on standard input. A chain keeps the profile of its first \
            event: aiss-2.1 signs every event twice (Ed25519 and ML-DSA-65), batch signs a Merkle root over many, aiss-1 \
            signs with Ed25519 alone and is not post-quantum. With --json each receipt is a line. Events that come in are made \
            durable, and a batch is sealed, when --group of them are there or the first one has waited for --within.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Option(help: "The agent (CHANCERY_AGENT).") var agent: String?
    @Option(help: ArgumentHelp("A JSON object, @FILE, or - for JSON Lines on standard input.", valueName: "json"))
    var payload: String?
    @Option(help: "aiss-2.1 (default), batch, or aiss-1.") var profile: StampProfile?
    @Option(help: "The agent id of the other side; becomes `peer_agent_id` of the payload.") var peer: String?
    @Option(help: "Most events that are made durable together; of batch events one seal covers so many.") var group = 512
    @Option(help: ArgumentHelp("How long an event waits for others.", valueName: "milliseconds")) var within = 20

    var access: Home.Access { .writing("stamp") }

    func validate() throws {
        guard (1...8192).contains(group) else { throw ValidationError("--group lies in 1…8192") }
        guard (0...60_000).contains(within) else { throw ValidationError("--within lies in 0…60000") }
        if let peer, (try? AgentID(peer)) == nil { throw ValidationError("--peer names an agent id, 32 Base58 characters") }
    }

    func run(in home: Home) throws {
        let identity = try home.open(AgentOption.name(agent), passphrase)
        let profile = try profile ?? currentProfile(of: identity, home)
        if profile.isClassical {
            options.remark("note: aiss-1 events are signed with Ed25519 alone; they are not post-quantum")
        }
        if let payload, payload != "-" {
            return try print(home.ledger.stamp([addressed(UserFile.object(payload))], as: identity, profile: profile))
        }
        try stamp(as: identity, profile, home)
    }

    /// Stamps what comes in on standard input, group by group.
    private func stamp(as identity: OpenIdentity, _ profile: StampProfile, _ home: Home) throws {
        var lines = InputLines()
        var waiting: [JSONObject] = []
        var deadline = ContinuousClock.now
        var isEmpty = true
        do {
            while true {
                if !waiting.isEmpty, try waiting.count >= group || !lines.isReady(before: deadline) || deadline <= .now {
                    try flush(&waiting, identity, profile, home)
                }
                guard let line = try lines.next() else { break }
                guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }) else { continue }
                if waiting.isEmpty { deadline = .now + .milliseconds(within) }
                waiting.append(try addressed(UserFile.object(bytes: line, "line \(lines.number)")))
                isEmpty = false
            }
        } catch let error as UsageError {
            // What came before the bad line is stamped; what comes after it is not.
            try flush(&waiting, identity, profile, home)
            throw error
        }
        try flush(&waiting, identity, profile, home)
        if isEmpty { options.remark("no payloads: standard input was empty, nothing was stamped") }
    }

    /// The profile the chain has already, or the default.
    private func currentProfile(of identity: OpenIdentity, _ home: Home) throws -> StampProfile {
        guard let state = try home.store.chain(identity.document.agentID.text) else { return .aiss21 }
        return state.profile == EventProfile.aiss21.rawValue ? .aiss21 : .batch
    }

    private func addressed(_ payload: JSONObject) -> JSONObject {
        guard let peer else { return payload }
        var object = payload
        object["peer_agent_id"] = .string(peer)
        return object
    }

    private func flush(_ waiting: inout [JSONObject], _ identity: OpenIdentity, _ profile: StampProfile, _ home: Home) throws {
        let payloads = waiting
        waiting = []
        try print(home.ledger.stamp(payloads, as: identity, profile: profile))
    }

    private func print(_ receipts: [StampReceipt]) throws {
        guard !receipts.isEmpty else { return }
        let lines = try receipts.map { receipt in
            guard options.json else { return "\(receipt.sequence)\t\(receipt.hash)" }
            return try Console.json([
                "agent_id": .string(receipt.agentID), "hash": .string(receipt.hash),
                "position": .integer(Int64(clamping: receipt.position)), "sequence": .integer(Int64(receipt.sequence)),
            ])
        }
        try Console.print(lines.joined(separator: "\n"))
    }
}

extension StampProfile: ExpressibleByArgument {}
