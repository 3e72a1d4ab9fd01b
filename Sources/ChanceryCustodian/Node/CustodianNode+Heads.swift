internal import ChanceryLedger
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

/// Heads of custodians' histories: what each showed is held against what it shows.
extension CustodianNode {
    /// Holds the head that a custodian shows against the last one it showed. Two for one length convict it; a shorter one convicts
    /// nobody. With neither of them material is made any more.
    func compare(_ head: EventHead, in program: ProgramState, from party: Int) throws {
        guard head.custodian == roster.did(party) else { return }
        guard let known = program.heads[party], known.activation == head.activation else {
            program.heads[party] = head
            return
        }
        if known.compared(with: head) == .forked {
            tell(party, itShowed: known, in: program)
            if !program.forked.contains(party) { try keep(.heads(known, head), in: program) }
            program.forked.insert(party)
        } else if head.size < known.size {
            tell(party, itShowed: known, in: program)
            program.behind.insert(party)
        } else if head.size > known.size {
            program.heads[party] = head
        }
    }

    /// A custodian whose log was restored from a backup does not know that it was: its own signature tells it.
    private func tell(_ party: Int, itShowed head: EventHead, in program: ProgramState) {
        guard let record = try? JSONParser.parse(head.record.bytes) else { return }
        send(["head": record, "notice": "shown", "program": .string(Hex.encode(program.id))], to: party)
    }

    func receiveShown(_ notice: JSONObject) throws {
        var reader = RecordReader(notice, "head")
        _ = try reader.string("notice", limit: 16)
        let program = try program(reader.hex("program", count: 32))
        let record = try UnverifiedRecord(reader.value("head"))
        try reader.finish()
        guard let activation = program.activation else { return }
        let head = try EventHead.verify(record, for: activation.terms, by: roster.set)
        guard head.custodian == did, head.size >= program.events.count else { return }
        // Events are in the log before a head over them is signed: this log is older than what was signed (rule T3).
        if head.size > program.events.count || head.root != program.events.tree.root {
            retire("a head was signed that the log does not know")
        }
    }

    /// Whether enough others are left for a claim when those who showed two histories are not counted on.
    func canDoWithoutForked(_ program: ProgramState) -> Bool {
        roster.committee.size - program.forked.count >= roster.committee.fewest
    }
}
