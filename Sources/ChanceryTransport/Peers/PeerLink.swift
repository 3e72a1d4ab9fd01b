internal import NIOCore

/// The way to one node: connects when there is something to say, keeps the connection, and tries again after a failure.
final class PeerLink: Sendable {
    private static let longestPause = Duration.seconds(2)

    let address: PeerAddress
    private let node: NodeID
    private let tls: PostQuantumTLS?
    private let signer: HTTPPeerNetwork.Signer
    private let queue = PeerQueue()

    init(_ address: PeerAddress, expecting node: NodeID, tls: PostQuantumTLS?, signer: @escaping HTTPPeerNetwork.Signer) {
        self.address = address
        self.node = node
        self.tls = tls
        self.signer = signer
    }

    func enqueue(_ message: [UInt8]) { queue.add(message) }

    /// Ends ``run()`` when the message that is on its way is answered.
    func stop() { queue.finish() }

    func run() async {
        var unsent: [UInt8]?
        var pause = Duration.milliseconds(50)
        while !Task.isCancelled, !queue.isFinished {
            guard let message = if let unsent { unsent } else { await queue.next() } else { return }
            unsent = message
            do {
                let connection = try await HTTPConversation.connect(
                    to: address, tls: tls.map { .federation($0, expecting: node) }, patience: HTTPPeerNetwork.timeout)
                try await connection.executeThenClose { inbound, outbound in
                    var conversation = PeerConversation(
                        HTTPConversation(inbound, outbound, with: address.authority), to: address,
                        signer: tls == nil ? signer : nil)
                    var next: [UInt8]? = message
                    while let message = next {
                        unsent = message
                        try await conversation.deliver(message)
                        unsent = nil
                        pause = .milliseconds(50)
                        next = await queue.next()
                    }
                }
            } catch {
                // A node that is away is nothing unusual: what it missed it asks for later.
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
                if pause == Self.longestPause { unsent = nil }
            }
        }
    }
}
