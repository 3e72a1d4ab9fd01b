internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

/// What a custodian answers for: a signed root over all frames that it sent, at least every second while it sends (rule T7).
extension CustodianNode {
    static let mostBlames = 64

    /// Counts a frame of a program's session before it is sent.
    func countFrame(_ bytes: [UInt8], to recipient: Int, of program: ProgramState?) {
        guard let program, program.activation != nil else { return }
        // Before it is counted: what a statement holds was sent before it.
        if program.frames.isFull { try? sealFrames(of: program) }
        program.frames.count(bytes, to: recipient)
    }

    func sealFrames() throws {
        for program in programs.values where program.activation != nil && !program.frames.isEmpty {
            try sealFrames(of: program)
        }
        try proveLies()
    }

    private func sealFrames(of program: ProgramState) throws {
        guard let activation = program.activation else { return }
        var frames = program.frames
        let sealed = try frames.seal(activation.terms, as: did, number: number, by: key)
        try write([.frames(program: program.id, batch: sealed.batch.record.bytes)])
        program.frames = frames
        var notice = sealed.notice
        notice["program"] = .string(Hex.encode(program.id))
        for party in roster.committee.members where party != number { send(notice, to: party) }
    }

    func receiveFrames(_ notice: JSONObject, from party: Int) throws {
        var reader = RecordReader(notice, "statement of frames")
        _ = try reader.string("notice", limit: 16)
        let program = try program(reader.hex("program", count: 32))
        let record = try UnverifiedRecord(reader.value("batch"))
        let leaves = try Base64.url.decode(reader.string("leaves", limit: CustodianMessage.maximumBytes))
        let recipients = try Base64.url.decode(reader.string("recipients", limit: 2 * FrameBatch.mostFrames))
        try reader.finish()
        guard let activation = program.activation else { return }
        let batch = try FrameBatch.verify(record, for: activation.terms, by: roster.set)
        guard batch.custodian == roster.did(party) else { return }
        if let blame = try program.frames.take(batch, leaves: leaves, recipients: recipients, from: party, to: number) {
            try keep(blame, in: program)
        }
    }

    /// Looks for proof against those who were caught.
    private func proveLies() throws {
        let judge = FrameJudge(roster)
        for program in programs.values {
            for blame in try program.frames.evidence(judge, at: now()) { try keep(blame, in: program) }
        }
    }

    /// Makes evidence durable; it is given to whoever asks.
    func keep(_ blame: Blame, in program: ProgramState) throws {
        guard let activation = program.activation else { return }
        // Two heads are kept once of each custodian, whatever else there is.
        if case .heads = blame {} else if program.blames.count >= Self.mostBlames { return }
        let file = try BlameFile(blame, under: activation.terms)
        guard !program.blames.contains(file.bytes) else { return }
        // What would convince nobody else is not kept.
        _ = try FrameJudge(roster).verify(file.bytes)
        try write([.blamed(program: program.id, file: file.bytes)])
        program.blames.append(file.bytes)
    }

    /// What is held against others. A file that does not hold any more, such as one of an older version, hides none of the others.
    func blames(of program: ProgramState) -> JSONObject {
        let judge = FrameJudge(roster)
        return [
            "files": .array(
                program.blames.compactMap { file -> JSONValue? in
                    guard let accused = try? judge.verify(file).accused else { return nil }
                    return [
                        "accused": .array(accused.map { .string($0.text) }), "bytes": .integer(Int64(file.count)),
                        "id": .string(Hex.encode(Digest.sha3_256(file))),
                    ]
                }), "unrooted": .array(program.frames.unrooted.sorted().map { .integer(Int64($0)) }),
        ]
    }
}
