import ChanceryWire

/// The gateway between one client and one server: lines, answers and the time in, steps out.
///
/// Pure: it holds no clock, stream or gate. Whoever owns it carries the steps out in order and tells it what came of
/// them. No byte of a decided call leaves towards the server but after ``redeemed(_:_:at:)`` said so.
package struct GatewaySession: Sendable {
    package enum Waiting: Sendable {
        case call(Int)
        case passing(PassingRequest)
    }

    enum Handshake: Sendable { case none, asked, done }

    package enum Tools: Sendable {
        case unknown
        case asking(ToolFetch)
        case known(ToolListing)
    }

    let configuration: GatewayConfiguration
    let digest: any HashProvider
    var steps: [GatewayStep] = []
    /// Every request of the client that has no answer yet.
    package internal(set) var waiting: [MessageID: Waiting] = [:]
    var calls: [Int: GatewayCall] = [:]
    /// Requests that were given up while the server had them: their ids are not used again.
    var lost: Set<MessageID> = []
    var callCount = 0
    var stateCount = 0
    var listingCount = 0
    /// Serials of states that came back, with their expiry.
    var spent: [ExactText: UTCTime] = [:]
    package var pins = ToolPins()
    package internal(set) var tools = Tools.unknown
    var handshake = Handshake.none
    var subscriptions: Set<ExactText> = []
    /// What came of a call could not be put on record: nothing is called any more.
    var hasLostOutcome = false
    /// When waiting for the last answers ends.
    var closing: UTCTime?
    var isEnded = false

    package init(_ configuration: GatewayConfiguration, digest: any HashProvider) {
        self.configuration = configuration
        self.digest = digest
    }

    /// Runs one event and gives what is to be done.
    mutating func handling(_ event: (inout GatewaySession) -> Void) -> [GatewayStep] {
        guard !isEnded else { return [] }
        steps = []
        event(&self)
        endIfDone()
        defer { steps = [] }
        return steps
    }
}

extension GatewaySession {
    mutating func toClient(_ message: JSONValue) {
        if let bytes = MessageText.bytes(message) { steps.append(.toClient(bytes)) }
    }

    mutating func toServer(_ message: JSONValue) {
        if let bytes = MessageText.bytes(message) { steps.append(.toServer(bytes)) }
    }

    mutating func note(
        _ side: GatewayRefusal.Side, _ error: MCPError, method: String = "", name: String = "", decision: String? = nil
    ) {
        steps.append(
            .refuse(
                GatewayRefusal(
                    upstream: configuration.upstream, side: side, error: error, method: method, name: name, decision: decision)
            ))
    }

    /// Answers a call with a refusal and forgets it.
    mutating func refuse(_ key: Int, _ error: MCPError) {
        guard let call = calls.removeValue(forKey: key) else { return }
        waiting[call.request.id] = nil
        // What the gate itself said is on record already.
        if error.reason != .blocked {
            note(.client, error, method: call.method.rawValue, name: call.name, decision: call.receipt?.id)
        }
        guard !call.isCancelled else { return }
        toClient(RefusedCall(error: error, receipt: call.receipt).answer(to: call.request))
    }

    /// Forgets a call and gives its answer to the client.
    mutating func finish(_ key: Int, with answer: JSONValue) {
        guard let call = calls.removeValue(forKey: key) else { return }
        waiting[call.request.id] = nil
        if !call.isCancelled { toClient(answer) }
    }

    /// The requests that pass, in the order in which they came.
    var passing: [PassingRequest] {
        waiting.values.compactMap { if case .passing(let passing) = $0 { passing } else { nil } }.sorted { $0.order < $1.order }
    }

    mutating func record(
        _ status: ActionOutcome.Status, of call: GatewayCall, key: Int?, hash: String? = nil, count: Int = 0,
        isDelivered: Bool = false
    ) {
        guard let action = call.action, let receipt = call.receipt else { return }
        let outcome = ActionOutcome(
            decision: receipt.id, action: action, status: status, resultHash: hash, resultBytes: count,
            isDelivered: isDelivered)
        steps.append(.record(outcome, call: key))
    }
}
