internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Saying, and hearing from others, that the latest decision is the latest (rule G6).
extension FederationNode {
    private static let beatInterval: Int64 = 1000
    /// How often what was heard is written for other processes of this home.
    private static let keepInterval: Int64 = 10_000

    func beat(at time: UTCTime) throws {
        guard lastBeat.milliseconds + Self.beatInterval <= time.milliseconds else { return }
        lastBeat = time
        let head = replica.head
        beats = beats.filter { $0.value.root == head.root && $0.value.slot == head.slot }
        let state = head.state
        let freezes = Set(seenFreezes.keys).union(state.freezes.map(\.proposal))
        if replica.mayBeat, head.members[me] != nil, !state.isExcluded(me), freezes.count <= Beat.mostFreezes {
            let own = try Beat.sign(head, freezes: freezes, as: me, at: time, by: beatKey)
            beats[me] = own
            try broadcast(.record(UnverifiedRecord(decoding: own.record.bytes)))
        }
        guard lastBeatsKept.milliseconds + Self.keepInterval <= time.milliseconds else { return }
        lastBeatsKept = time
        let list = try beats.values.map { try JSONParser.parse($0.record.bytes) }
        try durably { try files.write(CanonicalForm.jcs.encode(.array(list)), as: .beats, replacing: true) }
    }

    /// Takes the word of a member that came from its own node. One of another slot costs no signature check.
    func takeBeat(_ record: UnverifiedRecord, from sender: DID) throws {
        let head = replica.head
        guard Beat.statedSlot(record) == head.slot, record.body["root"]?.string == Hex.encode(head.root.bytes),
            record.body["member"]?.string == sender.text
        else { return }
        try requireChecks(1, for: sender)
        let beat = try Beat.verify(record, of: head)
        guard beat.time <= now().advanced(bySeconds: InForce.skewSeconds), beats[sender].map({ $0.time < beat.time }) ?? true
        else { return }
        beats[sender] = beat
    }
}
