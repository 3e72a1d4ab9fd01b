public import ArgumentParser
internal import ChanceryLedger
public import ChanceryNode
internal import ChanceryWire
internal import Foundation

struct Stamp: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stamp events onto an agent's chain. What is acknowledged is durable.",
        discussion: """
            One payload with --payload, or many as JSON Lines on standard input. A chain keeps the profile of its first \
            event: aiss-2.1 signs every event twice (Ed25519 and ML-DSA-65), batch signs a Merkle root over many, aiss-1 \
            signs with Ed25519 alone and is not post-quantum.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Option(help: "The agent (CHANCERY_AGENT).") var agent: String?
    @Option(help: ArgumentHelp("A JSON object, @FILE, or - for JSON Lines on standard input.", valueName: "json"))
    var payload: String?
    @Option(help: "aiss-2.1 (default), batch, or aiss-1.") var profile: StampProfile?
    @Option(help: "The agent id of the other side; becomes `peer_agent_id` of the payload.") var peer: String?
    @Option(help: "Events that are made durable together when many come in.") var group = 512

    func run() throws {
        guard let name = agent ?? Settings.value("CHANCERY_AGENT", alias: "PIQRYPT_AGENT_NAME") else {
            throw UsageError("name the agent: --agent NAME or CHANCERY_AGENT")
        }
        guard (1...8192).contains(group) else { throw UsageError("--group lies in 1…8192") }
        let home = try Home(options)
        let identity = try home.open(name, passphrase)
        let profile = try profile ?? currentProfile(of: identity, home)
        if profile.isClassical {
            options.remark("note: aiss-1 events are signed with Ed25519 alone; they are not post-quantum")
        }
        if let payload, payload != "-" {
            let bytes = payload.hasPrefix("@") ? try UserFile.read(String(payload.dropFirst())) : Array(payload.utf8)
            return try print(home.ledger.stamp([object(bytes)], as: identity, profile: profile))
        }
        var waiting: [JSONObject] = []
        var number = 0
        while let line = readLine(strippingNewline: true) {
            number += 1
            guard !line.isEmpty else { continue }
            do {
                waiting.append(try object(Array(line.utf8)))
            } catch {
                // What came before the bad line is stamped; what comes after it is not.
                try flush(&waiting, identity, profile, home)
                throw UsageError("line \(number): \(error)")
            }
            if waiting.count >= group { try flush(&waiting, identity, profile, home) }
        }
        try flush(&waiting, identity, profile, home)
    }

    /// The profile the chain has already, or the default.
    private func currentProfile(of identity: OpenIdentity, _ home: Home) throws -> StampProfile {
        guard let state = try home.store.chain(identity.document.agentID.text) else { return .aiss21 }
        return state.profile == "AISS-2.1" ? .aiss21 : .batch
    }

    private func object(_ bytes: [UInt8]) throws -> JSONObject {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 1 << 20, depth: 48))
        guard var object = value.object else { throw UsageError("a payload is a JSON object, found \(value.kind)") }
        if let peer { object["peer_agent_id"] = .string(peer) }
        return object
    }

    private func flush(_ waiting: inout [JSONObject], _ identity: OpenIdentity, _ profile: StampProfile, _ home: Home) throws {
        try print(home.ledger.stamp(waiting, as: identity, profile: profile))
        waiting = []
    }

    private func print(_ receipts: [StampReceipt]) throws {
        var text = ""
        for receipt in receipts {
            if options.json {
                text +=
                    "{\"agent_id\":\"\(receipt.agentID)\",\"hash\":\"\(receipt.hash)\",\"position\":\(receipt.position),\"sequence\":\(receipt.sequence)}\n"
            } else {
                text += "\(receipt.sequence)\t\(receipt.hash)\n"
            }
        }
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}

extension StampProfile: ExpressibleByArgument {}
