import ChanceryWire

/// One decided call on its way.
struct GatewayCall: Sendable {
    enum Phase: Sendable, Equatable {
        /// Waits until the server's tools are known; then goes on to decide or to redeem.
        case listing(thenRedeem: Bool)
        case unsealing
        case deciding
        /// A person decides; for a retry only until the client is told to come again.
        case waiting
        case sealing
        case redeeming
        case forwarded
        /// The answer is here, and is held until the outcome is durable.
        case recording(answer: JSONValue)
    }

    let request: ClientRequest
    let method: GatedAction.Method
    var phase: Phase
    var deadline: UTCTime
    var action: GatedAction?
    var receipt: DecisionReceipt?
    /// When the decision ends if nobody approves.
    var expires: UTCTime?
    /// The server's list was asked for after this call came.
    var hasFreshListing = false
    /// The client does not want the answer any more.
    var isCancelled = false

    var name: String { request.params["name"]?.string ?? request.params["uri"]?.string ?? "" }
}

/// A request that passes without a decision.
package struct PassingRequest: Sendable {
    /// Where it stands among all requests of the client.
    let order: Int
    let request: ClientRequest
    var deadline: UTCTime
    /// False while it waits for the tools to be known.
    var isForwarded: Bool
    var isCancelled = false
}
