public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// What the keys of a home were used for, as its chain of usage has it, and what is wrong with that chain.
public struct UsageReport: Sendable {
    /// The sum over the records of one key; a record stands whole or not at all in it.
    public struct Sum: Sendable {
        public let keyID: String
        /// Whom the operator gave the key to.
        public let principal: String
        public internal(set) var records = 0
        public internal(set) var usage: UsageRecord
    }

    /// By key.
    public private(set) var sums: [Sum] = []
    /// Empty for a chain that is what was signed, with nothing left out.
    public private(set) var findings: [String] = []

    /// Reads and verifies the chain: every record is linked to the one before and the last one signed, the records of each
    /// server are numbered without a gap, and what was seen before is there.
    ///
    /// - Parameters:
    ///   - did: the home's identity `api`.
    ///   - keyID: only this key; all where nil.
    ///   - from: only records that end later.
    ///   - until: only records that begin earlier.
    public init(
        of did: DID, store: any RecordStore & RecordIndex, registry: IdentityRegistry, mark: any UsageMarkFile,
        keyID: String? = nil, from: UTCTime? = nil, until: UTCTime? = nil
    ) throws {
        var sums: [String: Sum] = [:]
        var numbers: [String: Int64] = [:]
        var isWhole = true
        var last = try mark.read().map { try UsageMark($0) }
        let documents = try registry.history(of: did)
        for document in documents {
            var follower = ChainFollower(document)
            var isFirst = true
            let start =
                try ChainAnchor.head(
                    before: document.agentID.text, profile: BatchEvent.version, of: document, in: documents,
                    state: { try store.chain($0) })
                ?? EventProfile.aiss21.genesisHash(of: document.agentID, classicalKey: [])
            do {
                try follower.advance(store) { link in
                    if let mark = last, mark.head.utf8.elementsEqual(link.event.hash.utf8) { last = nil }
                    if isFirst, !start.utf8.elementsEqual(link.event.previousHash.utf8) {
                        findings.append("chain of identity document \(document.number): its first events are not in the store")
                    }
                    isFirst = false
                    guard RoomEvent.apiKey.isOne(link.event.payload) else { return }
                    let record = try UsageRecord(link.event.payload)
                    let expected = numbers[record.server] ?? 0
                    if record.number != expected {
                        findings.append(
                            "server \(record.server): record \(record.number) stands where \(expected) belongs")
                    }
                    numbers[record.server] = record.number + 1
                    guard keyID.map({ $0.utf8.elementsEqual(record.keyID.utf8) }) ?? true,
                        from.map({ $0 < record.to }) ?? true, until.map({ record.from < $0 }) ?? true
                    else { return }
                    if sums[record.keyID] == nil {
                        sums[record.keyID] = Sum(keyID: record.keyID, principal: record.principal, records: 1, usage: record)
                    } else {
                        sums[record.keyID]?.records += 1
                        sums[record.keyID]?.usage.add(record)
                    }
                }
            } catch let error as ChainFollower.Break {
                isWhole = false
                findings.append("chain of identity document \(document.number): \(error.detail)")
            } catch let error as any CodedError where !error.code.hasPrefix("store.") {
                isWhole = false
                findings.append("chain of identity document \(document.number): \(error)")
            }
        }
        if isWhole, let last {
            findings.append("the chain is shorter than it was: its event \(last.count - 1) was seen and is not there")
        }
        self.sums = sums.values.sorted { $0.keyID < $1.keyID }
    }
}
