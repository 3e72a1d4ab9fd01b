internal import ChanceryLedger
internal import ChanceryWire

/// What one caller wants stamped onto one chain.
struct StampWork: Sendable {
    let identity: OpenIdentity
    /// Nil for the one that the chain has.
    let profile: StampProfile?
    /// What a chain begins with when it has none.
    var firstProfile = StampProfile.aiss21
    let payloads: [JSONObject]
}

extension AgentLedger {
    /// What goes to the store together.
    private struct Draft {
        /// The works that write one chain, in order.
        struct Chain: Sendable {
            let writer: ChainWriter
            var works: [Int]
        }

        var results: [Result<[StampReceipt], any Error>?]
        /// Works that get a step of their own, because one among several of a chain cannot be written.
        var alone: [Int] = []
        var written: [(works: [Int], work: ChainWriter.Work)] = []
        var registry: [ChainMove] = []
    }

    /// Stamps many works in one durable step. What is wrong with one of them concerns no other.
    ///
    /// - Parameter requireActing: throws for an identity that signs nothing now; looked at in the moment that the step asserts.
    /// - Returns: a result for each work, in order.
    func stamp(
        _ works: [StampWork], requireActing: (OpenIdentity) throws -> Void
    ) -> [Result<[StampReceipt], any Error>] {
        do {
            var draft = try StoreConflict.retrying {
                var draft = try store.atOneMoment { try self.draft(works, requireActing) }
                let records = draft.written.flatMap(\.work.records)
                guard !records.isEmpty else { return draft }
                var position = try store.append(records, moving: draft.written.map(\.work.move) + draft.registry)
                for (members, work) in draft.written {
                    var receipts = work.receipts(from: position)[...]
                    for index in members {
                        let count = works[index].payloads.count
                        draft.results[index] = .success(Array(receipts.prefix(count)))
                        receipts = receipts.dropFirst(count)
                    }
                    position += UInt64(work.records.count)
                }
                return draft
            }
            for index in draft.alone { draft.results[index] = stamp([works[index]], requireActing: requireActing)[0] }
            return draft.results.map { $0 ?? .failure(NodeError(.rejected, "nothing was stamped")) }
        } catch {
            return works.map { _ in .failure(error) }
        }
    }

    private func draft(_ works: [StampWork], _ requireActing: (OpenIdentity) throws -> Void) throws -> Draft {
        let seen = try RegistryState(store)
        var draft = Draft(results: Array(repeating: nil, count: works.count))
        draft.registry = seen.assertion
        var chains: [Draft.Chain] = []
        for (index, work) in works.enumerated() {
            do {
                try Self.requireOwn(work.payloads, of: work.identity.name)
                try requireActing(work.identity)
                let profile = try work.profile ?? currentProfile(of: work)
                let agentID = ChainWriter.agentID(of: work.identity, profile)
                guard let place = chains.firstIndex(where: { $0.writer.agentID.utf8.elementsEqual(agentID.utf8) }) else {
                    let writer = try ChainWriter(work.identity, profile: profile, store: store, registry: registry)
                    chains.append(.init(writer: writer, works: [index]))
                    continue
                }
                guard chains[place].writer.profile == profile || work.profile == nil else {
                    throw NodeError(.profileFixed, "the chain of `\(work.identity.name)` keeps its first profile")
                }
                chains[place].works.append(index)
            } catch {
                draft.results[index] = .failure(error)
            }
        }
        let time = now()
        let written = Parallel.map(chains, chunk: 1) { _, chain in
            Result { try chain.writer.write(chain.works.flatMap { works[$0].payloads }, at: time) }
        }
        for (chain, result) in zip(chains, written) {
            switch result {
            case .success(let work): draft.written.append((chain.works, work))
            case .failure(let error) where chain.works.count == 1: draft.results[chain.works[0]] = .failure(error)
            case .failure: draft.alone += chain.works
            }
        }
        return draft
    }

    private func currentProfile(of work: StampWork) throws -> StampProfile {
        guard let state = try store.chain(work.identity.document.agentID.text) else { return work.firstProfile }
        return state.profile == BatchEvent.version ? .batch : .aiss21
    }
}
