internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryWire

struct PolicyProfile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "List the policies that ship with the product, or print one.",
        discussion: "What is printed is a policy's file: `chancery policy profile nist_balanced > policy.yaml`.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The profile's name; the list of all when absent.") var name: String?

    func run() throws {
        guard let name else {
            let all = Policy.profileNames.compactMap { name in Policy.profileText(named: name).map { (name, $0) } }
            return try options.show(.array(all.map(Self.json))) {
                var table = Table(["profile", "version", "policy"])
                for (name, text) in all {
                    table.add([name, Policy.profile(named: name)?.version ?? "", String(Self.hash(text).prefix(16))])
                }
                return table.text
            }
        }
        guard let text = Policy.profileText(named: name) else {
            throw NodeError(.notFound, "there is no profile `\(name)`; `chancery policy profile` lists them")
        }
        try options.show(Self.json(name, text, withText: true)) { text.hasSuffix("\n") ? String(text.dropLast()) : text }
    }

    private static func hash(_ text: String) -> String { Hex.encode(Digest.sha256(Array(text.utf8))) }

    private static func json(_ name: String, _ text: String) -> JSONValue { json(name, text, withText: false) }

    private static func json(_ name: String, _ text: String, withText: Bool) -> JSONValue {
        var object: JSONObject = ["name": .string(name), "policy": .string(hash(text))]
        if withText { object["text"] = .string(text) }
        return .object(object)
    }
}
