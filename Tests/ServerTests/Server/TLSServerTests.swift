import ChancerySuite
import ChanceryTransport
import ChanceryWire
import NIOCore
import NIOPosix
import TestKit
import Testing

/// The interface over TLS between nodes.
struct TLSServerTests {
    private static let federation = [UInt8](repeating: 7, count: 32)

    /// TLS of node `number`, valid for ten minutes.
    private func node(_ number: UInt8, _ authority: CertificateAuthority, now: @escaping @Sendable () -> UTCTime) throws
        -> PostQuantumTLS
    {
        let key = try SigningKey<Purpose.TLS>.generate(.mlDSA65)
        let certificate = try authority.issue(
            to: [UInt8](repeating: number, count: 32), hosts: [], key: key.publicKey,
            validity: Validity(at: now(), seconds: 600),
            serial: [UInt8](repeating: number, count: 16))
        let credential = try TLSCredential(
            certificate: certificate, authority: authority.certificate, key: key, at: now())
        return try PostQuantumTLS(credential, anchors: TrustAnchors(pinning: [authority.certificate]), now: now)
    }

    @Test func `a connection does not outlive the certificate of its peer`() async throws {
        let clock = SampleClock()
        let authority = try CertificateAuthority(
            federation: Self.federation, key: .generate(.mlDSA65), validity: Validity(at: clock.now(), seconds: 86_400),
            serial: [UInt8](repeating: 1, count: 16))
        let (server, caller) = try (node(1, authority, now: clock.now), node(2, authority, now: clock.now))
        let home = try SampleHome()
        try await TestServer.run(home.store, log: home.log, tls: server) { server in
            let group = MultiThreadedEventLoopGroup.singleton
            let (answers, continuation) = AsyncStream.makeStream(of: String.self)
            let expected = try NodeID(federation: Self.federation, did: [UInt8](repeating: 1, count: 32))
            let channel = try await ClientBootstrap(group: group).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        caller.clientHandler(expecting: expected), Answers(continuation),
                    ])
                }
            }.connect(host: "127.0.0.1", port: server.port).get()
            var iterator = answers.makeAsyncIterator()
            let request = ByteBuffer(string: "GET /health HTTP/1.1\r\nHost: node.example\r\n\r\n")
            try await channel.writeAndFlush(request)
            let first = await iterator.next()
            #expect(first?.hasPrefix("HTTP/1.1 200") == true, "\(first ?? "")")
            clock.turn(by: 601)
            try await channel.writeAndFlush(request)
            let second = await iterator.next()
            #expect(second?.hasPrefix("HTTP/1.1 403") == true && second?.contains("transport.certificate_expired") == true)
            try? await channel.close()
        }
    }
}

/// Each piece of text that comes.
private final class Answers: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let continuation: AsyncStream<String>.Continuation
    init(_ continuation: AsyncStream<String>.Continuation) { self.continuation = continuation }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(String(buffer: unwrapInboundIn(data))) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
}
