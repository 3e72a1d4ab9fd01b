public import ChanceryLedger
public import ChanceryNode
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
public import ChanceryWire

/// Brings clients and custodians together: it collects signatures, chooses material, and relays what is sealed.
///
/// Nothing depends on its honesty but whether an answer comes. It keeps nothing: what it must know it asks custodians for.
public actor Coordinator {
    /// An answer of a custodian.
    struct Answer: Sendable {
        let body: JSONObject
        let attachment: [UInt8]
    }

    private struct Reply: Sendable {
        let party: Int
        let answer: Answer?
        let refusal: CustodianError?
    }

    private struct Request {
        let party: Int
        let continuation: CheckedContinuation<Answer, any Error>
    }

    let roster: CustodianRoster
    private let network: any PeerNetwork
    let now: @Sendable () -> UTCTime
    private let patience: Duration
    private var next: UInt64 = 0
    private var waiting: [UInt64: Request] = [:]
    private(set) var connected: Set<Int> = []
    /// What is known of programs' material.
    var shelves: [Shelf.Name: Shelf] = [:]
    /// What people approved and nobody activated yet.
    var pending: [[UInt8]: ActivationBundle] = [:]
    var statements: [[UInt8]: ProgramStatement] = [:]

    public init(
        _ roster: CustodianRoster, network: any PeerNetwork, patience: Duration = .seconds(20),
        now: @escaping @Sendable () -> UTCTime
    ) {
        self.roster = roster
        self.network = network
        self.patience = patience
        self.now = now
    }

    /// K: how many approvals a program takes.
    public nonisolated var threshold: Int { roster.set.threshold }
    public nonisolated var rosterBytes: [UInt8] { roster.bytes }

    // MARK: the way to custodians

    /// A connection to a custodian stands, or fell.
    public func setConnected(_ isConnected: Bool, _ did: DID) {
        guard let party = roster.number(of: did) else { return }
        // Whoever was away may have lost its material.
        forget(party)
        if isConnected {
            connected.insert(party)
        } else {
            connected.remove(party)
            for (id, request) in waiting where request.party == party { fail(id, "custodian \(party) went away") }
        }
    }

    /// Takes a message of a custodian.
    public func receive(_ bytes: [UInt8], from sender: DID) {
        guard let party = roster.number(of: sender),
            case .answer(let id, let body, let attachment) = try? CustodianMessage(bytes),
            waiting[id]?.party == party, let request = waiting.removeValue(forKey: id)
        else { return }
        if let error = body["error"]?.object {
            let code = error["code"]?.string ?? ""
            request.continuation.resume(throwing: CustodianError(stated: code, error["detail"]?.string ?? ""))
        } else {
            request.continuation.resume(returning: Answer(body: body, attachment: attachment))
        }
    }

    /// Asks anew what material a custodian has, before it is relied on.
    func forget(_ party: Int) {
        for name in shelves.keys { shelves[name]?.forget(party) }
    }

    private func fail(_ id: UInt64, _ why: String) {
        waiting.removeValue(forKey: id)?.continuation.resume(throwing: CustodianError(.unavailable, why))
    }

    /// Asks a custodian and waits for its answer.
    func ask(_ party: Int, _ body: JSONObject, _ attachment: [UInt8] = []) async throws -> Answer {
        guard connected.contains(party), let did = roster.did(party) else {
            throw CustodianError(.unavailable, "custodian \(party) is not reached")
        }
        next += 1
        let id = next
        let bytes = try CustodianMessage.request(id, body, attachment: attachment).bytes
        guard bytes.count <= CustodianMessage.maximumBytes else {
            throw CustodianError(.busy, "the message is longer than a channel takes; ask for fewer evaluations at once")
        }
        let timer = Task { [patience] in
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            fail(id, "custodian \(party) did not answer in time")
        }
        defer { timer.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            waiting[id] = Request(party: party, continuation: continuation)
            network.send(bytes, to: did)
        }
    }

    /// Asks several at once; errors stand for those that refused.
    func askAll(
        _ parties: [Int], _ request: @Sendable (Int) -> (JSONObject, [UInt8])
    ) async -> (answers: [Int: Answer], refusals: [Int: CustodianError]) {
        var answers: [Int: Answer] = [:]
        var refusals: [Int: CustodianError] = [:]
        await withTaskGroup(of: Reply.self) { group in
            for party in parties {
                let (body, attachment) = request(party)
                group.addTask {
                    do {
                        return Reply(party: party, answer: try await self.ask(party, body, attachment), refusal: nil)
                    } catch {
                        let refusal = error as? CustodianError ?? CustodianError(.unavailable, "\(error)")
                        return Reply(party: party, answer: nil, refusal: refusal)
                    }
                }
            }
            for await reply in group {
                answers[reply.party] = reply.answer
                refusals[reply.party] = reply.refusal
            }
        }
        return (answers, refusals)
    }

    /// The refusal that most custodians gave.
    static func commonest(_ refusals: [Int: CustodianError], _ fallback: String) -> CustodianError {
        let groups = Dictionary(grouping: refusals.values) { $0.code }
        return groups.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.value.first
            ?? CustodianError(.unavailable, fallback)
    }
}
