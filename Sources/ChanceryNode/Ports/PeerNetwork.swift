public import ChanceryLedger

/// Carries messages to the other nodes of a federation.
///
/// Promise: never waits and never fails; a message may be lost, late, doubled or out of order. Whoever receives one knows
/// which member sent it.
public protocol PeerNetwork: Sendable {
    func send(_ message: [UInt8], to peer: DID)
}
