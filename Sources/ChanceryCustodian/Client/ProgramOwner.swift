internal import ChanceryThreshold
public import ChanceryWire

/// Whose program custodians say it is: whoever installed it first, and alone may bring its secrets.
///
/// A package says what is computed and not with which secrets, so people who approve one look at who brings them.
public struct ProgramOwner: Sendable, Hashable {
    /// The id of the owner's key.
    public let key: [UInt8]

    /// Reads what custodians answer to `status`, as a coordinator passes it on.
    ///
    /// - Throws: `custodian.unavailable` unless more custodians than may lie name the same owner.
    public init(of program: [UInt8], in status: JSONValue, by roster: CustodianRoster) throws {
        var words: [Int: [UInt8]] = [:]
        let name = Hex.encode(program)
        for answer in status.array ?? [] {
            guard let number = answer["number"]?.integer.map({ Int(clamping: $0) }),
                roster.committee.members.contains(number),
                let stated = answer["programs"]?.array?.first(where: { $0["program"]?.string == name }),
                let owner = stated["owner"]?.string, let key = try? Hex.decode(owner, count: 32)
            else { continue }
            words[number] = key
        }
        let agreed = Dictionary(grouping: words.values) { $0 }.filter { $0.value.count > roster.committee.corruptions }
        guard let key = agreed.keys.first, agreed.count == 1 else {
            throw CustodianError(.unavailable, "the custodians do not say the same of who owns the program")
        }
        self.key = key
    }

    /// Refuses a program of another owner than `wanted`.
    ///
    /// - Throws: `custodian.not_the_owner`.
    public func require(_ wanted: [UInt8]) throws {
        guard key == wanted else {
            throw CustodianError(.notTheOwner, "the program's owner is `\(Hex.encode(key))`")
        }
    }
}
