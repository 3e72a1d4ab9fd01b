import ChanceryWire

extension GatewaySession {
    /// A call that must be decided.
    mutating func open(_ request: ClientRequest, _ method: GatedAction.Method, at now: UTCTime) {
        callCount += 1
        let key = callCount
        waiting[request.id] = .call(key)
        calls[key] = GatewayCall(
            request: request, method: method, phase: .listing(thenRedeem: false),
            deadline: now.advanced(bySeconds: configuration.serverSeconds))
        checkTool(key, at: now)
    }

    /// The tool of a call is as it was accepted, or the call is refused; then the call goes on. Every call comes here, and comes
    /// back after a person approved it or the tools were listed.
    mutating func checkTool(_ key: Int, at now: UTCTime) {
        guard !hasLostOutcome else { return failForLostOutcome(key) }
        guard let call = calls[key], case .listing(let thenRedeem) = call.phase else { return }
        var pin: String?
        if call.method == .callTool {
            guard case .known(let listing) = tools else { return awaitTools(key, at: now) }
            let tool = pins.tool(call.name, of: configuration.upstream)
            let listed = listing.pins[ExactText(call.name)]
            if let fault = Self.fault(of: tool, listed: listed, name: call.name) {
                // An operator may have accepted it, or the server announced nothing: look once more.
                return call.hasFreshListing ? refuse(key, fault) : awaitTools(key, at: now, again: true)
            }
            pin = listed
        }
        if thenRedeem {
            guard let action = call.action, action.pin == pin else {
                return refuse(key, MCPError(.toolChanged, "the tool changed while the call waited"))
            }
            redeem(key, action, at: now)
        } else {
            guard let action = call.request.action(call.method, upstream: configuration.upstream, pin: pin, digest: digest)
            else {
                return refuse(key, MCPError(.paramsInvalid, "the arguments have no portable text"))
            }
            calls[key]?.action = action
            move(key, to: call.request.state == nil ? .deciding : .unsealing, at: now)
            steps.append(call.request.state.map { .unseal(key, $0) } ?? .decide(key, action))
        }
    }

    private static func fault(of tool: PinnedTool?, listed: String?, name: String) -> MCPError? {
        guard let listed else { return MCPError(.toolUnlisted, "the server lists no tool `\(name)`") }
        guard let pin = tool?.pin else { return MCPError(.toolNew, "nobody has accepted the new tool `\(name)` yet") }
        return pin == listed ? nil : MCPError(.toolChanged, "tool `\(name)` is not the one that was accepted")
    }

    private mutating func awaitTools(_ key: Int, at now: UTCTime, again: Bool = false) {
        guard let call = calls[key] else { return }
        if again { tools = .unknown }
        calls[key]?.hasFreshListing = true
        askForTools(like: call.request, at: now)
    }

    /// Enters a phase in which the gate has its time.
    mutating func move(_ key: Int, to phase: GatewayCall.Phase, at now: UTCTime) {
        let deadline = now.advanced(bySeconds: configuration.gateSeconds)
        calls[key]?.phase = phase
        calls[key]?.deadline = deadline
    }

    private mutating func redeem(_ key: Int, _ action: GatedAction, at now: UTCTime) {
        guard let receipt = calls[key]?.receipt else { return }
        move(key, to: .redeeming, at: now)
        steps.append(.redeem(key, decision: receipt.id, action))
    }

    private mutating func failForLostOutcome(_ key: Int) {
        fail(key, "what came of an earlier call could not be put on record")
    }

    /// The last step before the server: the tool once more, and out.
    mutating func forward(_ key: Int, at now: UTCTime) {
        guard let call = calls[key], let action = call.action else { return }
        guard !hasLostOutcome else {
            record(.notForwarded, of: call, key: nil)
            return failForLostOutcome(key)
        }
        if call.method == .callTool {
            guard case .known(let listing) = tools, listing.pins[ExactText(call.name)] == action.pin, action.pin != nil else {
                record(.notForwarded, of: call, key: nil)
                return refuse(key, MCPError(.toolChanged, "the server announced other tools in the same moment"))
            }
        }
        if call.method == .subscribe, subscriptions.count < 1024 { subscriptions.insert(ExactText(call.name)) }
        let deadline = deadline(for: call.request, at: now)
        calls[key]?.phase = .forwarded
        calls[key]?.deadline = deadline
        forward(call.request)
    }
}
