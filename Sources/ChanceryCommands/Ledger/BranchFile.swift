internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

/// What a file says about histories that may contradict each other. Nothing of it is verified yet.
struct BranchFile {
    /// Events, one list for each history.
    private(set) var branches: [[Event]] = []
    /// Seals of batch chains.
    private(set) var seals: [UnverifiedRecord] = []

    /// Reads a list of events, a list of such lists, one event, an audit export, a signed export, a sealed event or a seal.
    ///
    /// - Throws: `wire.invalid_value` for anything else.
    init(_ bytes: [UInt8]) throws {
        let value = try JSONParser.parse(bytes, limits: .document)
        if let elements = value.array, !elements.isEmpty {
            let lists = elements.compactMap(\.array)
            guard lists.isEmpty || lists.count == elements.count else { throw Self.unknown }
            try read(lists: lists.isEmpty ? [elements] : lists)
        } else if value["spec"] != nil, let events = value["events"]?.array {
            try read(lists: [events])
        } else if value["content"] != nil, value["signature"] != nil {
            try read(export: ChainExport(value))
        } else if value["type"]?.string == SealedEvent.type, let seal = value["seal"] {
            seals.append(try UnverifiedRecord(seal))
        } else if value["body"]?["type"]?.string == BatchSeal.type {
            seals.append(try UnverifiedRecord(value))
        } else if value["version"] != nil, value["payload"] != nil {
            try read(lists: [[value]])
        } else {
            throw Self.unknown
        }
    }

    private mutating func read(lists: [[JSONValue]]) throws {
        guard lists.allSatisfy({ !$0.isEmpty }) else { throw Self.unknown }
        branches = try lists.map { list in try list.map { try Event($0) } }
    }

    private mutating func read(export: ChainExport) throws {
        guard let events = export.content["events"]?.array, let seals = export.content["seals"]?.array else {
            throw Self.unknown
        }
        self.seals = try seals.map { try UnverifiedRecord($0) }
        // The events of a batch chain are under its seals.
        guard seals.isEmpty else { return }
        branches = [try events.map { try Event(decoding: Array(($0.string ?? "").utf8)) }]
    }

    private static var unknown: WireError {
        WireError(.invalidValue, "forks reads events, lists of events, exports, sealed events and seals")
    }
}
