internal import ChancerySuite
internal import ChanceryWire

extension Books {
    func refusal(ofTicket request: MeterRequest, at now: UTCTime) -> ComputeRefusal? {
        if now >= request.ticketExpires { return .ticketExpired }
        if request.issued > now.advanced(bySeconds: Meter.clockSkewSeconds) { return .ticketEarly }
        if request.ticketExpires > request.issued.advanced(bySeconds: policy.ticketSeconds) { return .ticketTooLong }
        if now >= request.expires { return .claimExpired }
        let used = tickets[request.ticket]?.evaluations ?? 0
        return used.addingUpToLimit(request.evaluations) > request.covered ? .ticketSpent : nil
    }

    func refusal(ofBudget request: MeterRequest, at now: UTCTime) -> ComputeRefusal? {
        let isNew = accounts[request.client] == nil
        guard !isNew || accounts.count < Self.mostClients, reservations.count < Self.mostReservations else { return .full }
        let standing = standing(of: request.client, at: now)
        let cost = request.evaluations.multipliedUpToLimit(by: policy.cost)
        if cost > standing.remaining { return .budget }
        if cost > standing.programRemaining { return .programBudget }
        let revealed = request.evaluations.multipliedUpToLimit(by: policy.bitsPerEvaluation)
        if let left = standing.bitsRemaining, revealed > left { return .bits }
        if let left = standing.programBitsRemaining, revealed > left { return .programBits }
        return nil
    }

    /// The dearest question: it copies and reduces matrices.
    func refusal(ofRank request: MeterRequest, at now: UTCTime) -> ComputeRefusal? {
        guard var program = rank, var own = account(request.client, at: now).rank else { return nil }
        guard let rows = request.rows?.rows, rows.count == Int(request.evaluations),
            rows.allSatisfy({ $0.count == program.columns })
        else { return .rowsRequired }
        var added = 0
        for row in rows {
            if own.isNovel(row) {
                guard own.rank < own.limit else { return .rank }
                own.insert(row)
                added += row.count
            }
            if program.isNovel(row) {
                guard program.rank < program.limit else { return .programRank }
                program.insert(row)
                added += row.count
            }
        }
        return elements + added > Self.mostElements ? .full : nil
    }

    func refusal(ofSpeed request: MeterRequest, at now: UTCTime) -> ComputeRefusal? {
        request.evaluations > account(request.client, at: now).bucket.tokens(at: now) ? .rate : nil
    }
}
