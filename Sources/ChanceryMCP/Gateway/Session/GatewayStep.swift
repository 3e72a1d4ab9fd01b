package import ChanceryWire

/// What the session wants done. Each step that names a call is answered with the function of the same name.
package enum GatewayStep: Sendable, Equatable {
    case toClient([UInt8])
    case toServer([UInt8])
    case decide(Int, GatedAction)
    case wait(Int, decision: String, until: UTCTime)
    case redeem(Int, decision: String, GatedAction)
    case seal(Int, CallState)
    case unseal(Int, String)
    /// Make the outcome durable; with a call, ``GatewaySession/recorded(_:_:at:)`` follows.
    case record(ActionOutcome, call: Int?)
    case refuse(GatewayRefusal)
    /// ``GatewaySession/pinsLoaded(_:at:)`` follows.
    case loadPins
    /// ``GatewaySession/pinsSaved(_:at:)`` follows.
    case savePins([UInt8])
    /// Write what is queued, and end.
    case end
}
