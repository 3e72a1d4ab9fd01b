internal import ChanceryGovernance
internal import ChanceryLedger
public import ChanceryNode
internal import ChanceryVigil
internal import ChanceryWire
internal import Synchronization

/// How a home stands now, from what it knows already.
public final class OverviewDesk: Sendable {
    /// Behaviour is assessed anew after this time at the earliest, and after twenty times what it took.
    private static let patience = Duration.seconds(2)

    /// What everybody who listens is told when it changes.
    struct Standing: Sendable, Equatable {
        let frozen: Int
        let alerts: Int
        let pending: Int
        let size: UInt64

        var json: JSONValue {
            [
                "alerts": .integer(Int64(alerts)), "frozen": .integer(Int64(frozen)), "pending": .integer(Int64(pending)),
                "size": .integer(Int64(clamping: size)),
            ]
        }
    }

    private struct Behaviour: Sendable {
        var agents = 0
        var alerts: [Alert.Severity: Int] = [:]
        var next = ContinuousClock.now
    }

    private struct Known: Sendable {
        var value: Standing?
        var until = ContinuousClock.now
        var isLooking = false
    }

    private let services: HomeServices
    private let vigil: VigilDesk
    private let gate: ActionGate?
    private let federation: FederationDesk?
    private let behaviour = Mutex(Behaviour())
    private let standing = Mutex(Known())

    public init(_ services: HomeServices, vigil: VigilDesk, gate: ActionGate?, federation: FederationDesk?) {
        self.services = services
        self.vigil = vigil
        self.gate = gate
        self.federation = federation
    }

    /// The standing, about half a second old: however many ask, it is looked at twice a second.
    func standing() async throws -> Standing {
        let known = standing.withLock { known -> Standing? in
            guard let value = known.value else { return nil }
            if ContinuousClock.now < known.until || known.isLooking { return value }
            known.isLooking = true
            return nil
        }
        if let known { return known }
        return try await HomeServices.blocking { [self] in
            defer { standing.withLock { $0.isLooking = false } }
            let value = try look()
            standing.withLock { ($0.value, $0.until) = (value, .now + .milliseconds(500)) }
            return value
        }
    }

    /// How many records there are now.
    func size() throws -> UInt64 { try services.store.frontier().size }

    private func look() throws -> Standing {
        Standing(
            frozen: try freezes().count, alerts: try assess().alerts.values.reduce(0, +),
            pending: try gate?.questions().count ?? 0, size: try size())
    }

    func json(_ minutes: [MinuteCounts.Minute]) throws -> JSONValue {
        let (standing, behaviour) = (try look(), try assess())
        let alerts = Alert.Severity.allCases.map { severity in
            JSONObject.Member(name: severity.rawValue, value: .integer(Int64(behaviour.alerts[severity] ?? 0)))
        }
        return [
            "agents": .integer(Int64(behaviour.agents)), "alerts": .object(JSONObject(alerts)),
            "checkpoint": try services.log.published().map { .integer(Int64(clamping: $0.head.size)) } ?? .null,
            "frozen": .array(try freezes()), "pending": .integer(Int64(standing.pending)),
            "rates": .array(
                minutes.map { minute in
                    [
                        "allowed": .integer(minute.allowed), "asked": .integer(minute.asked), "denied": .integer(minute.denied),
                        "records": .integer(minute.records),
                        "time": .string(UTCTime(milliseconds: minute.minute * 60_000).text),
                    ]
                }), "records": .integer(Int64(clamping: standing.size)), "version": .string(services.release),
        ]
    }

    private func freezes() throws -> [JSONValue] {
        guard let view = try federation?.view() else { return [] }
        return view.seenFreezes.map { freeze in
            let proposal = view.proposals.first { $0.id == freeze.proposal }
            return [
                "proposal": .string(Hex.encode(freeze.proposal)),
                "rooms": .array(freeze.rooms.sorted().map { .string($0.rawValue) }), "scope": .string(freeze.scope.text),
                "since": proposal.map { .string($0.terms.created.text) } ?? .null,
            ]
        }
    }

    private func assess() throws -> Behaviour {
        let known = behaviour.withLock { $0 }
        let start = ContinuousClock.now
        guard start >= known.next else { return known }
        // Others go on with what is known meanwhile.
        behaviour.withLock { $0.next = start + .seconds(60) }
        var found = Behaviour()
        do {
            for (_, assessment) in try vigil.assessments() {
                found.agents += 1
                for alert in assessment.alerts { found.alerts[alert.severity, default: 0] += 1 }
            }
        } catch {
            behaviour.withLock { $0.next = .now + Self.patience }
            throw error
        }
        let end = ContinuousClock.now
        found.next = end + max(Self.patience, (end - start) * 20)
        behaviour.withLock { [found] in $0 = found }
        return found
    }
}
