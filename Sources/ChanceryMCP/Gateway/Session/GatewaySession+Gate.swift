package import ChanceryWire

// The gate's answers. Nil stands for an error; an answer that no call waits for any more is nothing.
extension GatewaySession {
    package mutating func decided(_ key: Int, _ answer: GateAnswer?, at now: UTCTime) -> [GatewayStep] {
        handling { session in
            guard let call = session.calls[key], call.phase == .deciding else { return }
            switch answer {
            case nil: session.fail(key, "the gate gave no decision")
            case .allow(let receipt):
                session.calls[key]?.receipt = receipt
                session.prepareRedemption(key, at: now)
            case .block(let receipt):
                session.calls[key]?.receipt = receipt
                session.refuse(key, MCPError(.blocked, receipt.reason))
            case .wait(let receipt, let deadline):
                session.calls[key]?.receipt = receipt
                session.calls[key]?.expires = deadline
                if call.request.era == .envelope {
                    session.seal(key, at: now)
                } else {
                    session.hold(key, until: min(deadline, now.advanced(bySeconds: session.configuration.holdSeconds)))
                }
            }
        }
    }

    package mutating func waited(_ key: Int, _ verdict: GateVerdict?, at now: UTCTime) -> [GatewayStep] {
        handling { session in
            guard let call = session.calls[key], call.phase == .waiting else { return }
            switch verdict {
            case nil: session.fail(key, "the gate could not say whether a person decided")
            case .approved: session.prepareRedemption(key, at: now)
            case .denied(let reason): session.refuse(key, MCPError(.approvalDenied, reason))
            case .pending: session.endWaiting(key, at: now)
            }
        }
    }

    package mutating func redeemed(_ key: Int, _ redemption: Redemption?, at now: UTCTime) -> [GatewayStep] {
        handling { session in
            guard let call = session.calls[key], call.phase == .redeeming else { return }
            switch redemption {
            case nil:
                session.record(.notForwarded, of: call, key: nil)
                session.fail(key, "the gate could not spend the decision")
            case .redeemed: session.forward(key, at: now)
            case .refused(let reason): session.refuse(key, MCPError(.redeemRefused, reason))
            }
        }
    }

    package mutating func sealed(_ key: Int, _ text: String?, at now: UTCTime) -> [GatewayStep] {
        handling { session in
            guard let call = session.calls[key], call.phase == .sealing else { return }
            guard let text, let receipt = call.receipt else {
                return session.fail(key, "the gate could not seal the state of the call")
            }
            let facts: JSONValue = [
                "decision_id": .string(receipt.id), "outcome": .string(receipt.outcome), "rule": .string(receipt.rule),
                "reason": .string(receipt.reason), "policy_hash": .string(receipt.policyHash),
            ]
            let result: JSONObject = [
                "resultType": "input_required", "requestState": .string(text), "_meta": ["chancery/decision": facts],
            ]
            session.finish(key, with: MessageText.result(call.request.id, result))
        }
    }

    package mutating func unsealed(_ key: Int, _ state: CallState?, at now: UTCTime) -> [GatewayStep] {
        handling { session in
            guard let call = session.calls[key], call.phase == .unsealing, let action = call.action else { return }
            session.spent = session.spent.filter { $0.value > now }
            guard let state, state.belongs(to: action, of: session.configuration.principal), state.expires > now,
                session.spent.updateValue(state.expires, forKey: ExactText(state.serial)) == nil
            else { return session.refuse(key, MCPError(.stateInvalid, "Invalid or expired requestState")) }
            session.calls[key]?.receipt = state.receipt
            session.calls[key]?.expires = state.expires
            session.hold(key, until: min(state.expires, now.advanced(bySeconds: session.configuration.retrySeconds)))
        }
    }

    /// An outcome is durable, or could not be made so: then nobody sees a result that was held,
    /// and nothing is called after one that was not.
    ///
    /// - Parameter key: the call whose result was held; nil for one that has its answer.
    package mutating func recorded(_ key: Int?, _ isDurable: Bool, at now: UTCTime) -> [GatewayStep] {
        handling { session in
            guard let key else {
                if !isDurable { session.hasLostOutcome = true }
                return
            }
            guard let call = session.calls[key], case .recording(let answer) = call.phase else { return }
            if isDurable { session.finish(key, with: answer) } else { session.fail(key, "the outcome could not be recorded") }
        }
    }
}

extension GatewaySession {
    mutating func fail(_ key: Int, _ detail: String) { refuse(key, MCPError(.gateFailed, detail)) }

    private mutating func prepareRedemption(_ key: Int, at now: UTCTime) {
        let deadline = now.advanced(bySeconds: configuration.serverSeconds)
        calls[key]?.phase = .listing(thenRedeem: true)
        calls[key]?.deadline = deadline
        checkTool(key, at: now)
    }

    private mutating func hold(_ key: Int, until: UTCTime) {
        guard let receipt = calls[key]?.receipt else { return }
        calls[key]?.phase = .waiting
        calls[key]?.deadline = until
        steps.append(.wait(key, decision: receipt.id, until: until))
    }

    /// Nobody decided in time: a client that can come again is told so, any other is denied.
    mutating func endWaiting(_ key: Int, at now: UTCTime) {
        guard let call = calls[key] else { return }
        if call.request.era == .envelope, let expires = call.expires, expires > now {
            seal(key, at: now)
        } else {
            refuse(key, MCPError(.approvalTimeout, "nobody approved in time"))
        }
    }

    private mutating func seal(_ key: Int, at now: UTCTime) {
        guard let call = calls[key], let action = call.action, let receipt = call.receipt, let expires = call.expires else {
            return
        }
        stateCount += 1
        let state = CallState(
            serial: "\(configuration.instance)-\(stateCount)", receipt: receipt, principal: configuration.principal,
            upstream: action.upstream, method: action.method, name: action.name, pin: action.pin,
            argumentsHash: action.argumentsHash, expires: expires)
        move(key, to: .sealing, at: now)
        steps.append(.seal(key, state))
    }
}
