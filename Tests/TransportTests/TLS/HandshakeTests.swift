import ChancerySuite
import ChanceryTransport
import ChanceryWire
import NIOCore
import NIOPosix
import NIOSSL
import TestKit
import Testing

/// Connections over real sockets: who gets through, and who does not.
struct HandshakeTests {
    private let federation: SampleFederation

    init() throws { federation = try SampleFederation() }

    /// Whether a byte comes back from a server that uses `server`.
    private func echoes(
        _ server: PostQuantumTLS, _ client: @escaping @Sendable () throws -> NIOSSLClientHandler
    ) async throws -> Bool {
        let group = MultiThreadedEventLoopGroup.singleton
        let listener = try await ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers([server.serverHandler(), Echo()])
            }
        }.bind(host: "127.0.0.1", port: 0).get()
        let answer = group.next().makePromise(of: Bool.self)
        let channel = try await ClientBootstrap(group: group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers([client(), Answer(answer)])
            }
        }.connect(to: listener.localAddress!).get()
        let timeout = group.next().scheduleTask(in: .seconds(10)) { answer.succeed(false) }
        channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
        let result = try await answer.futureResult.get()
        timeout.cancel()
        try? await channel.close()
        try await listener.close()
        return result
    }

    /// A client of `tls` with another configuration.
    private func client(
        _ tls: PostQuantumTLS, _ change: (inout TLSConfiguration) -> Void
    ) throws -> @Sendable () throws -> NIOSSLClientHandler {
        var configuration = try tls.clientConfiguration()
        change(&configuration)
        let context = try NIOSSLContext(configuration: configuration)
        let verification = tls.verification()
        return { try NIOSSLClientHandler(context: context, serverHostname: nil, customVerificationCallback: verification) }
    }

    @Test func `two nodes of a federation speak, and know each other`() async throws {
        let (server, caller, id) = try (federation.tls(100), federation.tls(101), federation.id(100))
        #expect(try await echoes(server) { try caller.clientHandler(expecting: id) })
        #expect(try await echoes(server) { try caller.clientHandler(expecting: nil) })
    }

    @Test func `a caller does not speak to another node than it called`() async throws {
        let (server, caller, id) = try (federation.tls(100), federation.tls(101), federation.id(102))
        #expect(try await echoes(server) { try caller.clientHandler(expecting: id) } == false)
    }

    @Test func `nodes of other federations are refused by either side`() async throws {
        let other = try SampleFederation(2)
        let both = try TrustAnchors(pinning: [other.authority.certificate, federation.authority.certificate])
        let (server, stranger, open) = try (federation.tls(100), other.tls(101), other.tls(101, anchors: both))
        #expect(try await echoes(server) { try open.clientHandler(expecting: nil) } == false)
        let (foreign, caller) = try (other.tls(100, anchors: both), federation.tls(101))
        #expect(try await echoes(foreign) { try caller.clientHandler(expecting: nil) } == false)
        #expect(try await echoes(foreign) { try stranger.clientHandler(expecting: nil) })
    }

    @Test func `expired certificates are refused by either side`() async throws {
        let late = SampleFederation.start.advanced(bySeconds: 86_401)
        let (now, later) = try (federation.tls(100), federation.tls(101, now: late))
        #expect(try await echoes(now) { try later.clientHandler(expecting: nil) } == false)
        #expect(try await echoes(later) { try now.clientHandler(expecting: nil) } == false)
    }

    @Test func `a renewed certificate is shown from the next handshake on`() async throws {
        let late = SampleFederation.start.advanced(bySeconds: 80_000)
        let (server, caller) = try (federation.tls(100), federation.tls(101, now: late.advanced(bySeconds: 10_000)))
        try caller.renew(federation.credential(101, at: late))
        // The server's clock stands still, so it believes the renewed caller's certificate only when that has begun.
        #expect(try await echoes(server) { try caller.clientHandler(expecting: nil) } == false)
        let (next, peer) = try (federation.tls(100, now: late), federation.tls(101, now: late.advanced(bySeconds: 10_000)))
        try peer.renew(federation.credential(101, at: late))
        #expect(try await echoes(next) { try peer.clientHandler(expecting: nil) } == false)
        try next.renew(federation.credential(100, at: late))
        #expect(try await echoes(next) { try peer.clientHandler(expecting: nil) })
    }

    @Test func `classical key exchange is refused`() async throws {
        let (server, caller) = try (federation.tls(100), federation.tls(101))
        for curves in [[NIOTLSCurve.x25519], [.secp256r1, .secp384r1]] {
            #expect(try await echoes(server, client(caller) { $0.curves = curves }) == false, "\(curves)")
        }
        // The same client with one group more gets through, so it is the group that was refused.
        #expect(try await echoes(server, client(caller) { $0.curves = [.x25519, .x25519_MLKEM768] }))
    }

    @Test func `TLS 1.2 is refused`() async throws {
        let (server, caller) = try (federation.tls(100), federation.tls(101))
        let old = try client(caller) {
            $0.minimumTLSVersion = .tlsv12
            $0.maximumTLSVersion = .tlsv12
            $0.curves = nil
        }
        #expect(try await echoes(server, old) == false)
    }

    @Test func `a caller without a certificate is refused`() async throws {
        let (server, caller) = try (federation.tls(100), federation.tls(101))
        let silent = try client(caller) {
            $0.certificateChain = []
            $0.privateKey = nil
        }
        #expect(try await echoes(server, silent) == false)
    }

    @Test func `a certificate without its key is no credential`() throws {
        let wrong = code {
            _ = try TLSCredential(
                certificate: federation.issue(100), authority: federation.authority.certificate,
                key: SampleFederation.key(101), at: SampleFederation.start)
        }
        #expect(wrong == "suite.invalid_key")
        let expired = code {
            _ = try TLSCredential(
                certificate: federation.issue(100), authority: federation.authority.certificate,
                key: SampleFederation.key(100), at: SampleFederation.start.advanced(bySeconds: 90_000))
        }
        #expect(expired == "transport.certificate_expired")
    }
}

private final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

private final class Answer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let answer: EventLoopPromise<Bool>
    init(_ answer: EventLoopPromise<Bool>) { self.answer = answer }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) { answer.succeed(true) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.succeed(false) }
    func channelInactive(context: ChannelHandlerContext) { answer.succeed(false) }
}
