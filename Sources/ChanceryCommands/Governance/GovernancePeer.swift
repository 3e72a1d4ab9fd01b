internal import ArgumentParser
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryTransport
internal import ChanceryWire

struct GovernancePeer: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "peer", abstract: "Say where another member's node listens; without arguments, list what is known.",
        discussion: "Plain http:// goes to loopback only. A running daemon follows the list within a second.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The member, by name or DID.") var member: String?
    @Argument(help: ArgumentHelp("Where it listens.", valueName: "url")) var address: String?

    @Flag(help: "Look for the member no more.") var forget = false

    var access: Home.Access { address == nil && !forget ? .reading : .writing("governance peer") }

    func run(in home: Home) throws {
        let members = try home.desk.view().state.committee.members
        if let member, (address == nil) == forget {
            let address = try address.map { text in try UsageError.reading("the address") { try PeerAddress(text) } }
            let found = members.filter { $0.name == member || $0.did.text == member }
            guard found.count == 1, let did = found.first?.did else {
                throw NodeError(.notFound, "no member, or more than one, is called `\(member)`")
            }
            try home.federation.setPeer(did, address?.description)
        } else if member != nil || forget {
            throw UsageError("a member comes with the address where it listens, or with --forget")
        }
        let known = try home.federation.peers()
        try options.show(.object(JSONObject(known.map { .init(name: $0.key.text, value: .string($0.value)) }))) {
            var table = Table(["member", "address"])
            for member in members { table.add([member.name, known[member.did] ?? "unknown"]) }
            return table.text
        }
    }
}
