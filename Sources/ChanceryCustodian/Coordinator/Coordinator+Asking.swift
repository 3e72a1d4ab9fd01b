internal import ChanceryNode
internal import ChanceryThreshold
internal import ChanceryWire

extension Coordinator {
    /// What several were asked, by who answered.
    struct Replies<Value: Sendable>: Sendable {
        /// What can be used.
        var answers: [Int: Value] = [:]
        var refusals: [Int: CustodianError] = [:]
        /// Who answered with what cannot be used.
        var useless: [Int] = []
    }

    private struct Reply<Value: Sendable>: Sendable {
        let party: Int
        /// Nil where there is none, or none that can be used.
        let value: Value?
        let refusal: CustodianError?
    }

    /// How long a round waits at least for the rest when its outcome stands: a busy machine takes turns.
    private static let grace = Duration.milliseconds(500)

    /// Whom a claim counts on: those that answer, or everybody who is connected when these are too few.
    var present: [Int] {
        let answering = connected.subtracting(late.keys)
        return (answering.count >= fewest ? answering : connected).sorted()
    }

    func fail(_ id: UInt64, _ why: String) {
        waiting.removeValue(forKey: id)?.continuation.resume(throwing: CustodianError(.unavailable, why))
    }

    /// Asks a custodian and waits for its answer.
    func ask(_ party: Int, _ body: JSONObject, _ attachment: [UInt8] = [], round: UInt64 = 0) async throws -> Answer {
        guard connected.contains(party), let did = roster.did(party) else {
            throw CustodianError(.unavailable, "custodian \(party) is not reached")
        }
        guard round == 0 || rounds.contains(round) else { throw Self.silence(of: party) }
        next += 1
        let id = next
        let bytes = try CustodianMessage.request(id, body, attachment: attachment).bytes
        guard bytes.count <= CustodianMessage.maximumBytes else {
            throw CustodianError(.busy, "the message is longer than a channel takes; ask for fewer evaluations at once")
        }
        let timer = Task { [patience] in
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            giveUp { $0 == id && $1.party == party }
        }
        defer { timer.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            waiting[id] = Request(party: party, round: round, continuation: continuation)
            network.send(bytes, to: did)
        }
    }

    private static func silence(of party: Int) -> CustodianError {
        CustodianError(.unavailable, "custodian \(party) did not answer in time")
    }

    /// Waits no longer for these answers, nor for whoever owes them until it answers something.
    private func giveUp(_ isMeant: (UInt64, Request) -> Bool) {
        for (id, request) in waiting where isMeant(id, request) {
            late[request.party] = .now
            waiting[id] = nil
            request.continuation.resume(throwing: Self.silence(of: request.party))
        }
    }

    private func giveUp(round: UInt64) {
        rounds.remove(round)
        giveUp { $1.round == round }
    }

    /// Asks those who did not answer something small now and then: one whose question was lost may be there again.
    private func probe() {
        for (party, since) in late where ContinuousClock.now - since > .seconds(1) {
            late[party] = .now
            Task { _ = try? await ask(party, ["op": "status"]) }
        }
    }

    /// Asks several at once; errors stand for those that refused.
    ///
    /// - Parameter enough: as in ``askAll(_:enough:reading:_:)``, where every answer counts.
    func askAll(
        _ parties: [Int], enough: Int? = nil, _ request: @Sendable (Int) -> (JSONObject, [UInt8])
    ) async -> (answers: [Int: Answer], refusals: [Int: CustodianError]) {
        let replies = await askAll(parties, enough: enough, reading: { _, answer in answer }, request)
        return (replies.answers, replies.refusals)
    }

    /// Asks several at once and reads what they answer.
    ///
    /// - Parameters:
    ///   - enough: when so many gave an answer that can be used, or so few can still give one that nothing comes of it, the rest get
    ///     as long again as that took, and at least half a second; those known to be silent get nothing. Nil waits for everybody.
    ///   - reading: what the answer of a custodian says; nil for one that cannot be used, and so ends nobody else's time.
    func askAll<Value: Sendable>(
        _ parties: [Int], enough: Int? = nil, reading: @escaping @Sendable (Int, Answer) -> Value?,
        _ request: @Sendable (Int) -> (JSONObject, [UInt8])
    ) async -> Replies<Value> {
        probe()
        var replies = Replies<Value>()
        next += 1
        let (round, start) = (next, ContinuousClock.now)
        rounds.insert(round)
        await withTaskGroup(of: Reply<Value>?.self) { group in
            for party in parties {
                let (body, attachment) = request(party)
                group.addTask {
                    do {
                        let answer = try await self.ask(party, body, attachment, round: round)
                        return Reply(party: party, value: reading(party, answer), refusal: nil)
                    } catch {
                        let refusal = error as? CustodianError ?? CustodianError(.unavailable, "\(error)")
                        return Reply(party: party, value: nil, refusal: refusal)
                    }
                }
            }
            var missing = Set(parties)
            var isSettled = false
            while !missing.isEmpty, let next = await group.next() {
                guard let reply = next else { continue }
                missing.remove(reply.party)
                replies.answers[reply.party] = reply.value
                replies.refusals[reply.party] = reply.refusal
                if reply.value == nil, reply.refusal == nil { replies.useless.append(reply.party) }
                guard let enough,
                    replies.answers.count >= min(enough, parties.count)
                        || replies.answers.count + missing.count <= roster.committee.corruptions
                else { continue }
                if missing.allSatisfy({ late[$0] != nil }) {
                    giveUp(round: round)
                } else if !isSettled {
                    isSettled = true
                    let rest = max(Self.grace, ContinuousClock.now - start)
                    group.addTask {
                        if (try? await Task.sleep(for: rest)) != nil { await self.giveUp(round: round) }
                        return nil
                    }
                }
            }
            group.cancelAll()
        }
        rounds.remove(round)
        return replies
    }
}
