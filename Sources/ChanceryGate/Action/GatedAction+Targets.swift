internal import ChanceryWire

extension GatedAction {
    /// The hosts that the payload names, perhaps with ports: in every text and member name that holds a URL, and in members
    /// called `host`, `url` and the like. Sorted, each once, in lower case.
    ///
    /// Source: rule P2: the target comes from the arguments, and what a caller claims besides must be among them.
    public var hosts: [String] {
        var found: Set<String> = []
        Self.collect(.object(payload), named: nil, into: &found)
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// What the policy is asked about: each host that the payload names; where it names none, the target that the caller
    /// claims and no target at all, so that a claim alone opens nothing.
    ///
    /// - Throws: `gate.target_mismatch` when the payload names hosts and the claim is none of them.
    public func targets() throws(GateError) -> [String?] {
        let hosts = hosts
        guard let target else { return hosts.isEmpty ? [nil] : hosts }
        guard hosts.isEmpty || hosts.contains(where: { $0.utf8.elementsEqual(target.utf8) }) else {
            throw GateError(.targetMismatch, "the arguments name \(hosts.count) hosts, and `\(target)` is none of them")
        }
        return hosts.isEmpty ? [nil, target] : hosts
    }

    /// Members whose text is a host, or begins with one, and of their plural forms too.
    private static let hostMembers: Set<String> = [
        "host", "hosts", "hostname", "hostnames", "domain", "domains", "authority", "server", "servers", "endpoint",
        "endpoints",
        "url", "urls", "uri", "uris", "address", "ip",
    ]

    private static func collect(_ value: JSONValue, named name: String?, into hosts: inout Set<String>) {
        switch value {
        case .string(let text):
            hosts.formUnion(URLHosts.hosts(in: text))
            if let name, hostMembers.contains(name.lowercased()) { hosts.formUnion(URLHosts.named(by: text)) }
        case .array(let elements): for element in elements { collect(element, named: name, into: &hosts) }
        case .object(let object):
            for member in object.members {
                hosts.formUnion(URLHosts.hosts(in: member.name))
                collect(member.value, named: member.name, into: &hosts)
            }
        default: break
        }
    }
}

extension GateError.Reason {
    /// The caller claims another target than its arguments name.
    public static let targetMismatch = Self(rawValue: "gate.target_mismatch")
}
