internal import ChanceryNode
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

extension CustodianNode {
    /// Whether agreed keys may still be replaced: nothing was made with them.
    private var keysAreUnused: Bool { programs.values.allSatisfy { $0.begun.isEmpty } }

    /// The custodian with number 1 proposes an agreement as soon as everybody is there and somebody lacks keys.
    func agreeOnKeys(at time: UTCTime) throws {
        // Beats tell a second later that everybody agreed.
        guard number == 1, retired == nil, lastProposal.advanced(bySeconds: 4) <= time,
            live(at: time).count == roster.committee.size,
            !runs.values.contains(where: { if case .keys = $0.work { true } else { false } })
        else { return }
        let others = peers.values
        let target = max(epoch, others.map(\.epoch).max() ?? epoch)
        let isAgreed = agreed != nil && target == epoch && others.allSatisfy { $0.agreed == agreed && $0.epoch == epoch }
        // Keys that anybody used are replaced in a new epoch only, which the custodians' people begin.
        guard !isAgreed, target == epoch, agreed == nil || keysAreUnused,
            others.allSatisfy({ $0.epoch == target && ($0.agreed == nil || !$0.hasUsed) })
        else { return }
        let notice: JSONObject = [
            "epoch": .integer(target), "nonce": .string(Hex.encode(SystemRandom.bytes(32))), "notice": "keys",
        ]
        lastProposal = time
        for party in roster.committee.members where party != number { send(notice, to: party) }
        try beginKeys(notice, from: number)
    }

    func beginKeys(_ notice: JSONObject, from party: Int) throws {
        var reader = RecordReader(notice, "proposal of keys")
        _ = try reader.string("notice", limit: 16)
        let epoch = try reader.integer("epoch", in: 1...CanonicalForm.largestSafeInteger)
        let nonce = try reader.hex("nonce", count: 32)
        try reader.finish()
        guard party == 1, retired == nil, epoch == self.epoch, agreed == nil || keysAreUnused else {
            throw CustodianError(.keysMissing, "keys of this epoch are in use, or the epoch is another one")
        }
        // One agreement at a time: a new proposal ends the one under way.
        for run in runs.values { if case .keys = run.work { runs[run.id] = nil } }
        let session = RunID(
            keysOf: roster.committee,
            binding: roster.set.digest + (0..<8).map { UInt8(truncatingIfNeeded: epoch >> Int64(56 - 8 * $0)) } + nonce)
        let agreement = try KeyAgreement(
            roster.committee, party: number, session: session,
            contributions: SystemRandom.bytes(KeyAgreement.contributionBytes(roster.committee, party: number)))
        begin(Run(session, .keys(Box(agreement), epoch: epoch), until: now().advanced(bySeconds: 10)))
    }

    func finishKeys(_ box: Box<KeyAgreement>, epoch: Int64, session: RunID) throws {
        guard let agreement = box.take(), epoch == self.epoch, agreed == nil || keysAreUnused else { return }
        let keys = try agreement.finished()
        var copy = unsafe keys.withBytes { bytes in unsafe Array(bytes) }
        try store.setEpochKeys(SecretBytes(erasing: &copy), epoch: epoch)
        try write([.agreed(epoch: epoch, session: session.bytes)])
        self.keys = keys
        agreed = session.bytes
        for program in programs.values { try program.adopt(keys, epoch: epoch) }
        // Others shall know at once.
        lastBeat = UTCTime(milliseconds: 0)
    }

    /// Begins a new epoch: the old keys are never used again, and secrets and activations begin anew. All custodians' people
    /// do this, each at theirs.
    public func renewKeys() throws {
        let next = max(epoch, peers.values.map(\.epoch).max() ?? epoch) + 1
        try write([.epoch(next)])
        (epoch, agreed, retired, keys, runs) = (next, nil, nil, nil, [:])
        refusals = RefusalTally()
        for program in programs.values { program.dropKeys() }
    }
}
