import ChancerySuite
import ChanceryTransport
import ChanceryWire
import Foundation
import NIOCore
import NIOPosix

/// Calls a node over TLS, sends a line and gives back the line that comes.
func connect(port: Int, chain: String, seed: [UInt8], expecting node: NodeID) throws -> String {
    var seed = seed
    let now: @Sendable () -> UTCTime = { UTCTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
    let certificates = try UnverifiedCertificate.all(pem: chain)
    guard certificates.count == 2 else { throw TransportError(.certificateMalformed, "a chain has two certificates") }
    let credential = try TLSCredential(
        certificate: certificates[0], authority: certificates[1],
        key: SigningKey(.mlDSA65, seed: SecretBytes(erasing: &seed)), at: now())
    let tls = try PostQuantumTLS(credential, anchors: TrustAnchors(pinning: [certificates[1]]), now: now)
    let group = MultiThreadedEventLoopGroup.singleton
    let answer = group.next().makePromise(of: String.self)
    let channel = try ClientBootstrap(group: group).channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers([tls.clientHandler(expecting: node), Line(answer)])
        }
    }.connect(host: "127.0.0.1", port: port).wait()
    channel.writeAndFlush(ByteBuffer(string: "hello\n"), promise: nil)
    group.next().scheduleTask(in: .seconds(20)) { answer.fail(ChannelError.connectTimeout(.seconds(20))) }
    return try answer.futureResult.wait()
}

private final class Line: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let answer: EventLoopPromise<String>
    init(_ answer: EventLoopPromise<String>) { self.answer = answer }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        answer.succeed(String(buffer: unwrapInboundIn(data)).trimmingCharacters(in: .newlines))
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.fail(error) }
    func channelInactive(context: ChannelHandlerContext) { answer.fail(ChannelError.eof) }
}
