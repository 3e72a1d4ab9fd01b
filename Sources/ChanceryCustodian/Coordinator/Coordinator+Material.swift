internal import ChanceryThreshold
internal import ChanceryWire

// What a coordinator knows of custodians' material, and how more of it comes about.
extension Coordinator {
    /// How long one custodian has to have material made before the next one is asked as well.
    private static let turn = Duration.seconds(2)

    // MARK: the shelf

    /// Takes material off the shelf.
    func take(
        _ count: Int, of name: Shelf.Name, among live: [Int], least: Int
    ) -> Piece? {
        shelves[name]?.take(count, among: live, least: least, avoiding: reluctance)
    }

    /// Puts back what a refused claim would have taken; what `signers` bound they have to be asked for anew.
    func giveBack(_ indices: Range<UInt64>, of name: Shelf.Name, boundBy signers: [Int]) {
        shelves[name]?.giveBack(indices)
        for party in signers { shelves[name]?.forget(party) }
    }

    /// Asks what material is free. Only of programs that more than t custodians have is anything kept.
    func learn(_ name: Shelf.Name) async throws {
        // Secrets take every custodian: the slowest one's material counts as the others' does.
        let pools = await pool(name, enough: name.isForSecrets ? nil : fewest)
        guard pools.answers.count > roster.committee.corruptions else {
            throw Self.commonest(pools.refusals, "too few custodians are reached")
        }
        var shelf = shelves[name] ?? Shelf()
        for party in roster.committee.members {
            if let pieces = pools.answers[party] {
                shelf.learn(pieces, of: party)
            } else {
                shelf.forget(party)
            }
        }
        shelves[name] = shelf
    }

    private func pool(_ name: Shelf.Name, enough: Int?) async -> Replies<[Range<UInt64>]> {
        let body: JSONObject = [
            "op": "pool", "program": .string(Hex.encode(name.program)), "secrets": .bool(name.isForSecrets),
        ]
        return await askAll(connected.sorted(), enough: enough, reading: { Self.pieces($1) }) { _ in (body, []) }
    }

    private static func pieces(_ answer: Answer) -> [Range<UInt64>]? {
        answer.body["blocks"]?.array?.compactMap { block in
            guard let first = block["first"]?.integer, let end = block["end"]?.integer, first >= 0, end > first else {
                return nil
            }
            return UInt64(first)..<UInt64(end)
        }
    }

    // MARK: orders

    public func orderSecretsMaterial(_ program: [UInt8]) async throws {
        guard try await self.program(program).bundle == nil else {
            throw CustodianError(.alreadyActive, "secrets are installed before activation")
        }
        try await order(program, count: 1, isForSecrets: true)
    }

    /// Has material made: by the first custodian that is there, and where nothing comes of that by the next ones, one more than may
    /// lie. It is there when this returns, unless it takes longer than two seconds.
    ///
    /// - Returns: for how many evaluations: of what each custodian orders, no more is kept than four times what is kept ready.
    @discardableResult
    public func order(_ program: [UInt8], count: Int, isForSecrets: Bool = false) async throws -> Int {
        let name = Shelf.Name(program: program, isForSecrets: isForSecrets)
        let body: JSONObject = [
            "count": .integer(Int64(count)), "op": "order", "program": .string(Hex.encode(program)),
            "secrets": .bool(isForSecrets),
        ]
        // For secrets custodians make none while enough lies there; any does.
        let before = isForSecrets ? 0 : await reach(of: name)
        var ordered: Int?
        var refusals: [Int: CustodianError] = [:]
        for party in present.prefix(roster.committee.corruptions + 1) {
            do {
                let answer = try await ask(party, body)
                let stated = min(max(Int(clamping: answer.body["ordered"]?.integer ?? 0), 0), count)
                ordered = max(ordered ?? 0, stated)
            } catch let error as CustodianError {
                refusals[party] = error
                continue
            }
            if try await grows(name, beyond: before) { break }
        }
        guard let ordered else { throw Self.commonest(refusals, "no custodian is reached") }
        return ordered
    }

    /// How far material reaches that more than t custodians say they have, so that an honest one has it; 0 without any.
    private func reach(of name: Shelf.Name) async -> UInt64 {
        let ends = await pool(name, enough: fewest).answers.values.map { $0.map(\.upperBound).max() ?? 0 }.sorted(by: >)
        let place = roster.committee.corruptions
        return place < ends.count ? ends[place] : 0
    }

    private func grows(_ name: Shelf.Name, beyond before: UInt64) async throws -> Bool {
        let deadline = ContinuousClock.now + Self.turn
        while ContinuousClock.now < deadline {
            if await reach(of: name) > before { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }
}
