import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Dispatch
import Foundation
import GRDB
import TestKit

/// A home with an agent `robot`, a gate, a policy, and sources that say what the test wants.
final class SampleGate: Sendable {
    let home: SampleHome
    let store: HookedStore
    let robot: OpenIdentity
    let identity: OpenIdentity
    let risk: ScriptedRisk
    let authority: ScriptedAuthority?
    let approvers: ApproverRegistry
    let gate: ActionGate

    /// Everything is allowed but `forbidden`; people are asked from a risk of 0.6.
    static func policy(
        restrictAfter: Int = 100_000, onTimeout: String = "REJECT", justification: Bool = false, principals: String = "",
        more: String = ""
    ) -> String {
        """
        name: sample
        version: "1"
        roles:
          clerk: {allowed_tools: ["*"], blocked_tools: [forbidden]}
        escalation: {auto_restrict_after: \(restrictAfter), max_watch_events: 3}
        notification:
          timeout_seconds: 100
          on_timeout: \(onTimeout)
          require_justification: \(justification)
          principals: [\(principals)]
        \(more)
        """
    }

    init(_ policy: String? = SampleGate.policy(), governed: Bool = false) async throws {
        home = try SampleHome()
        robot = try home.identity("robot")
        _ = try home.ledger.register(robot, role: "clerk")
        identity = try home.identity("gate")
        risk = ScriptedRisk()
        authority = governed ? ScriptedAuthority() : nil
        store = HookedStore(home.store)
        approvers = ApproverRegistry(store: home.store, registry: home.registry, now: home.clock.now)
        gate = ActionGate(
            identity: identity, store: store, registry: home.registry, authority: authority, risk: risk, approvers: approvers,
            now: home.clock.now)
        if let policy {
            authority?.vote(policy)
            _ = try await gate.activate(policy, by: "operator", comment: "")
        }
    }

    /// Another process: everything anew from the same folder.
    ///
    /// - Parameter rotated: the gate's identity where it has other keys by now.
    func process(
        _ risk: (any RiskSource)? = nil, as rotated: OpenIdentity? = nil
    ) throws -> (gate: ActionGate, approvers: ApproverRegistry, home: SampleHome) {
        let other = try SampleHome(home.folder, clock: home.clock)
        let approvers = ApproverRegistry(store: other.store, registry: other.registry, now: home.clock.now)
        let gate = ActionGate(
            identity: rotated ?? identity, store: other.store, registry: other.registry, authority: authority,
            risk: risk ?? self.risk,
            approvers: approvers, now: home.clock.now)
        return (gate, approvers, other)
    }

    static func action(_ name: String = "pay", _ payload: JSONValue = ["amount": 1]) throws -> GatedAction {
        try GatedAction(name, payload: payload.object ?? JSONObject())
    }

    func decide(_ action: GatedAction? = nil, for agent: String = "robot", by caller: String = "uid:1000") async throws
        -> ActionGate.Decided
    {
        try await gate.decide(action ?? Self.action(), for: agent, by: caller)
    }

    /// A decision that waits for people; the risk is as before afterwards.
    func ask(_ action: GatedAction? = nil, risk asked: String = "0.7", by caller: String = "uid:1000") async throws
        -> ActionGate.Decided
    {
        risk.set(asked)
        return try await decide(action, by: caller)
    }

    func redeem(_ id: DecisionID, _ action: GatedAction? = nil, for agent: String = "robot") async throws {
        try await gate.redeem(id, action ?? Self.action(), for: agent, by: "uid:1000")
    }

    struct Person {
        let approver: Approver
        let key: SigningKey<Purpose.Approval>

        /// An answer as this person's own program makes it.
        func answer(
            _ choice: Approval.Choice = .approve, to decided: ActionGate.Decided, _ justification: String = "agreed",
            at time: UTCTime? = nil, lifetime: Int64 = 300
        ) throws -> [UInt8] {
            let terms = try Approval.Terms(
                choice, on: decided.decision, decided.id, justification: justification, at: time ?? decided.decision.time,
                lifetime: lifetime)
            return try Approval.sign(terms, as: approver, key: key).record.bytes
        }
    }

    func person(_ name: String = "ann", _ clearance: Clearance = .l3, lifetime: Int64 = 86_400) throws -> Person {
        let key = try SigningKey<Purpose.Approval>.generate(.mlDSA65)
        let approver = try approvers.register(
            Approver.register(name, clearance, key: key, at: home.clock.now(), lifetime: lifetime))
        return Person(approver: approver, key: key)
    }

    // MARK: what is on record

    var chain: String { identity.document.agentID.text }

    func payloads(_ type: String) throws -> [JSONObject] {
        try home.store.records(RecordQuery(agent: chain, eventType: type, kind: BatchEvent.version, limit: 10_000)).map {
            try BatchEvent(decoding: $0.bytes).payload
        }
    }

    func count(_ type: String) throws -> Int { try payloads(type).count }

    /// The codes of all refusals, in order.
    func refusals() throws -> [String] { try payloads("gate_refusal").map { $0["code"]?.string ?? "" } }

    // MARK: damage

    /// Runs SQL on the database behind the product's back.
    func damage(_ sql: String, _ arguments: StatementArguments = []) throws {
        let queue = try DatabaseQueue(path: home.folder.path + "/ledger.sqlite")
        defer { try? queue.close() }
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA ignore_check_constraints = ON")
            try db.execute(sql: sql, arguments: arguments)
            guard db.changesCount > 0 else { throw PlainFailure() }
        }
    }

    /// Exchanges the bytes of a record.
    func rewrite(_ position: UInt64, _ change: ([UInt8]) throws -> [UInt8]) throws {
        let query = RecordQuery(after: position == 0 ? nil : position - 1, limit: 1)
        guard let record = try home.store.records(query).first else { throw PlainFailure() }
        try damage("UPDATE record SET bytes = ? WHERE position = ?", [Data(change(record.bytes)), Int64(position)])
    }
}

/// The code of what `body` throws; nil when it succeeds.
func refusal(of body: () async throws -> Void) async -> String? {
    do {
        try await body()
        return nil
    } catch let error as any CodedError {
        return error.code
    } catch {
        return "untyped: \(error)"
    }
}

/// Runs `body` to its end from a thread that is not one of the tasks'.
func blocking(_ body: @escaping @Sendable () async throws -> Void) {
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        try? await body()
        done.signal()
    }
    done.wait()
}
