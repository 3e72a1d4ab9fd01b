internal import ChanceryLedger
internal import ChanceryWire
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// One end of a connection that carries messages. Nothing is read before it is known who is at the other end.
final class FrameHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let tls: PostQuantumTLS
    private let links: FrameLinks
    /// Who it must be; nil on connections that others opened.
    private let expected: DID?
    private var cutter = FrameCutter()
    private var peer: DID?

    init(_ tls: PostQuantumTLS, _ links: FrameLinks, expecting expected: DID?) {
        self.tls = tls
        self.links = links
        self.expected = expected
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent {
            guard let did = identify(context), links.admits(did), expected == nil || expected == did else {
                return context.close(promise: nil)
            }
            peer = did
            links.opened(context.channel, did)
            deliver(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func identify(_ context: ChannelHandlerContext) -> DID? {
        let pipeline = context.pipeline.syncOperations
        let certificate =
            (try? pipeline.handler(type: NIOSSLServerHandler.self))?.peerCertificate
            ?? (try? pipeline.handler(type: NIOSSLClientHandler.self))?.peerCertificate
        guard let certificate, let verified = try? tls.verified(certificate) else { return nil }
        return try? DID(DID.prefix + Hex.encode(verified.node.did))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        cutter.add(&bytes)
        deliver(context)
    }

    private func deliver(_ context: ChannelHandlerContext) {
        guard let peer else { return }
        do {
            while let message = try cutter.next() { links.received(message, from: peer, on: context.channel) }
        } catch {
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let peer { links.closed(context.channel, peer) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
