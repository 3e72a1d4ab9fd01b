public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// A custodian's own control over what a program gives away. The coordinator has no say in it.
///
/// Nothing leaves before its entry is durable. A failed write leaves this value ahead of the disk: throw it away and
/// rebuild it from the entries.
public struct Meter: Sendable {
    /// How far a ticket may begin in the future, for clocks that differ.
    public static let clockSkewSeconds: Int64 = 60

    public private(set) var books: Books
    /// How many peers a rejoining custodian has to hear from; 0 once it serves.
    private var missing: Int
    private var heard: Set<DID> = []

    /// New books for `activation`, with the first entry to write.
    public static func open(_ activation: Activation, at now: UTCTime) throws(OracleError) -> (Meter, MeterEntry) {
        let id = try identifier(activation.terms)
        return (
            Meter(books: Books(activation: id, policy: activation.policy, at: now), missing: 0),
            .opened(activation: id, at: now)
        )
    }

    /// Books that belong to no activation: for a gateway that counts labels under a key and budget of its own (rule T8).
    public static func detached(_ policy: ComputePolicy, at now: UTCTime) -> Meter {
        Meter(books: Books(activation: .sha256(prefix: 0, Array("detached".utf8)), policy: policy, at: now), missing: 0)
    }

    /// The books that `entries` lead to, of a custodian that was away: it serves after it has heard the certificates of so many
    /// peers that with itself they are a quorum (rule T6). Any certified claim has an honest signer among them.
    ///
    /// - Throws: `compute.meter_broken` unless the first entry, and no other, opens books for `activation`.
    public init(rebuilding entries: some Sequence<MeterEntry>, of activation: Activation) throws(OracleError) {
        let id = try Self.identifier(activation.terms)
        var books: Books?
        for entry in entries {
            if case .opened(let opened, let time) = entry {
                guard books == nil, opened == id else {
                    throw OracleError(.meterBroken, "the log was opened twice, or for another activation")
                }
                books = Books(activation: id, policy: activation.policy, at: time)
            } else {
                guard books != nil else { throw OracleError(.meterBroken, "the log does not begin with its activation") }
                books?.apply(entry)
            }
        }
        guard let books else { throw OracleError(.meterBroken, "the log has no entry") }
        self.init(books: books, missing: activation.custodians.quorum - 1)
    }

    private init(books: Books, missing: Int) {
        self.books = books
        self.missing = missing
    }

    private static func identifier(_ terms: ActivationTerms) throws(OracleError) -> Digest256 {
        guard let id = Digest256(terms.id) else { throw OracleError(.activationMalformed, "an activation's id has 32 bytes") }
        return id
    }

    /// Whether this custodian takes part: not frozen, and up to date.
    public var isServing: Bool { missing == 0 && !books.isSuspended }

    /// All certificates of `peer` were merged.
    public mutating func caughtUp(with peer: DID) {
        if missing > 0, heard.insert(peer).inserted { missing -= 1 }
    }

    /// Stops all answers, for example under a freeze (rule G5).
    public mutating func suspend(at now: UTCTime) -> MeterEntry { write(.suspended(at: now)) }
    public mutating func resume(at now: UTCTime) -> MeterEntry { write(.resumed(at: now)) }

    /// One entry that stands for all that `entries` lead to after the first, which opens the books.
    ///
    /// - Throws: as ``init(rebuilding:of:)``.
    public static func summary(
        of entries: some Sequence<MeterEntry>, for activation: Activation
    ) throws(OracleError) -> MeterEntry {
        let books = try Meter(rebuilding: entries, of: activation).books
        return .content(books.content, at: books.clock)
    }

    fileprivate mutating func write(_ entry: MeterEntry) -> MeterEntry {
        books.apply(entry)
        return entry
    }
}

extension Meter {
    /// Before this custodian signs a claim: keeps budget free for it until it expires. Budgets are looked at before speed,
    /// directions last, since counting them takes longest; a refusal costs nothing.
    public mutating func reserve(_ request: MeterRequest, at now: UTCTime) -> Verdict {
        let now = max(now, books.clock)
        if isDecided(request, at: now) { return .repeated }
        if let reason = refusal(toReserve: request, at: now) { return .refused(reason, counted: nil) }
        return .allowed(write(.reserved(request, at: now)))
    }

    /// Why ``reserve(_:at:)`` would refuse now; nil where it would not. Nothing is kept.
    public func refusal(_ request: MeterRequest, at now: UTCTime) -> ComputeRefusal? {
        let now = max(now, books.clock)
        return isDecided(request, at: now) ? nil : refusal(toReserve: request, at: now)
    }

    /// Whether a claim was charged as far as the books list it: one that expired more than a day ago need not be in them.
    public func hasCharged(_ claim: Digest256) -> Bool { books.charged.contains(claim) }

    private func isDecided(_ request: MeterRequest, at now: UTCTime) -> Bool {
        books.isCharged(request) || (books.reservations[request.claim].map { $0.end > now } ?? false)
    }

    private func refusal(toReserve request: MeterRequest, at now: UTCTime) -> ComputeRefusal? {
        standstill ?? books.refusal(ofTicket: request, at: now) ?? books.refusal(ofBudget: request, at: now)
            ?? books.refusal(ofSpeed: request, at: now) ?? books.refusal(ofRank: request, at: now)
    }

    /// A claim has its certificate: the client is charged, and there is no way back. Material may be used when this allows it.
    ///
    /// A certified claim counts even where this custodian does not serve it: late, over budget by its own books, or frozen.
    public mutating func charge(_ request: MeterRequest, at now: UTCTime) -> Verdict {
        let now = max(now, books.clock)
        guard !books.isCharged(request) else { return .repeated }
        let wasReserved = books.reservations[request.claim] != nil
        var refusal = standstill
        if refusal == nil, request.end <= now { refusal = .claimExpired }
        if refusal == nil, !wasReserved {
            refusal = books.refusal(ofBudget: request, at: now) ?? books.refusal(ofRank: request, at: now)
        }
        var request = request
        if wasReserved { request.rows = nil }
        let entry = write(.charged(request, at: now))
        return refusal.map { .refused($0, counted: entry) } ?? .allowed(entry)
    }

    /// Takes over a certified claim from a peer (rule T6): a union, so order and repetition do not matter. Nil when it is
    /// known.
    public mutating func merge(_ request: MeterRequest, at now: UTCTime) -> MeterEntry? {
        guard !books.isCharged(request) else { return nil }
        var request = request
        if books.reservations[request.claim] != nil { request.rows = nil }
        return write(.charged(request, at: max(now, books.clock)))
    }

    /// The client hands in masked inputs for a charged claim: once.
    public mutating func submit(_ submission: Digest256, for claim: Digest256, at now: UTCTime) -> Verdict {
        guard books.charged.contains(claim) else { return .refused(.unclaimed, counted: nil) }
        if let earlier = books.submissions[claim] {
            return earlier == submission ? .repeated : .refused(.submitted, counted: nil)
        }
        if let standstill { return .refused(standstill, counted: nil) }
        return .allowed(write(.submitted(claim: claim, submission: submission, at: max(now, books.clock))))
    }

    private var standstill: ComputeRefusal? { books.isSuspended ? .notActive : missing > 0 ? .catchingUp : nil }
}

extension OracleError.Reason {
    /// A meter's log does not begin with the activation that it is for.
    public static let meterBroken = Self(rawValue: "compute.meter_broken")
}
