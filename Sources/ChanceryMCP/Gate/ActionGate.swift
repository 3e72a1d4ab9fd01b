public import ChanceryWire

/// The gate as the gateway needs it.
///
/// Whatever any of these functions throws, and no answer in time, blocks the call. Implementations end soon after
/// their task is cancelled.
public protocol ActionGate: Sendable {
    /// Decides; the decision is durable when this returns (rule P1).
    func decide(_ action: GatedAction) async throws -> GateAnswer

    /// Spends the decision, atomically and once, after evaluating everything again (rule P3). The gateway forwards
    /// the action only after `redeemed`, and calls this for every action, also for one that was allowed at once.
    func redeem(_ decision: String, _ action: GatedAction) async throws -> Redemption

    /// Returns as soon as a person has decided, and ``GateVerdict/pending`` at `until`.
    func wait(for decision: String, until: UTCTime) async throws -> GateVerdict

    /// Seals ``CallState/encoded()`` with authenticated encryption under a key that never leaves this node; printable ASCII.
    func seal(_ state: CallState) async throws -> String

    /// Opens what ``seal(_:)`` gave. Throws for any other text.
    func unseal(_ text: String) async throws -> CallState

    /// Records what became of a redeemed decision; with ``ActionOutcome/Status/notForwarded`` also of one that may not have been
    /// redeemed in the end. Where results are held, the client sees the result only after this has returned.
    ///
    /// Throws when an outcome is lost: nothing is called any more then.
    func record(_ outcome: ActionOutcome) async throws

    /// Records what the gateway refused of itself.
    func record(_ refusal: GatewayRefusal) async
}
