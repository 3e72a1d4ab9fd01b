import ChanceryLedger
import ChanceryTransport
import ChanceryWire
import Synchronization
import Testing

/// Connections that stay, over real TLS on loopback.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct FramedNetworkTests {
    /// What came, in order.
    private final class Inbox: Sendable {
        private let content = Mutex<(messages: [[UInt8]], connected: Set<DID>)>(([], []))
        var messages: [[UInt8]] { content.withLock { $0.messages } }
        func isConnected(_ did: DID) -> Bool { content.withLock { $0.connected.contains(did) } }

        var handlers: FramedNetwork.Handlers {
            .init(received: { bytes, _ in self.content.withLock { $0.messages.append(bytes) } }) { isConnected, did in
                self.content.withLock { content in
                    if isConnected { content.connected.insert(did) } else { content.connected.remove(did) }
                }
            }
        }
    }

    private static func did(_ number: UInt8) throws -> DID {
        try DID(DID.prefix + Hex.encode(SampleFederation.did(number)))
    }

    private static func wait(_ isDone: @Sendable () -> Bool) async throws {
        for _ in 0..<500 where !isDone() { try await Task.sleep(for: .milliseconds(10)) }
    }

    private struct Pair {
        let server: FramedNetwork
        let client: FramedNetwork
        let serverInbox = Inbox()
        let clientInbox = Inbox()
        let serverDID: DID
        let clientDID: DID
        private let tasks: [Task<Void, any Error>]

        /// `client` connects to `server`, which takes connections of `accepting` only.
        init(_ federation: SampleFederation, other: SampleFederation? = nil, accepting: Set<DID>? = nil) throws {
            serverDID = try FramedNetworkTests.did(101)
            clientDID = try FramedNetworkTests.did(102)
            let address = try PeerAddress("https://127.0.0.1:\(UInt16.random(in: 20_000...60_000))")
            server = try FramedNetwork(
                at: address, connectingTo: [:], accepting: accepting ?? [clientDID], federation: federation.federation,
                tls: federation.tls(101), handlers: serverInbox.handlers)
            client = try FramedNetwork(
                at: nil, connectingTo: [serverDID: address], accepting: [], federation: federation.federation,
                tls: (other ?? federation).tls(102), handlers: clientInbox.handlers)
            let (server, client) = (server, client)
            tasks = [Task { try await server.run() }, Task { try await client.run() }]
        }

        func stop() { for task in tasks { task.cancel() } }
    }

    @Test func `messages of all sizes arrive whole and in order, both ways`() async throws {
        let pair = try Pair(SampleFederation())
        defer { pair.stop() }
        try await Self.wait { pair.clientInbox.isConnected(pair.serverDID) && pair.serverInbox.isConnected(pair.clientDID) }
        let messages = [1, 2, 1000, 70_000, 3 << 20, 5].enumerated().map { [UInt8](repeating: UInt8($0), count: $1) }
        for message in messages {
            pair.client.send(message, to: pair.serverDID)
            pair.server.send(message, to: pair.clientDID)
        }
        try await Self.wait { pair.serverInbox.messages.count == 6 && pair.clientInbox.messages.count == 6 }
        #expect(pair.serverInbox.messages == messages)
        #expect(pair.clientInbox.messages == messages)
    }

    @Test func `a message that no frame holds is not sent, and the connection stays`() async throws {
        let pair = try Pair(SampleFederation())
        defer { pair.stop() }
        try await Self.wait { pair.clientInbox.isConnected(pair.serverDID) }
        pair.client.send([], to: pair.serverDID)
        pair.client.send([UInt8](repeating: 0, count: (16 << 20) + 1), to: pair.serverDID)
        pair.client.send([7], to: pair.serverDID)
        try await Self.wait { !pair.serverInbox.messages.isEmpty }
        #expect(pair.serverInbox.messages == [[7]])
    }

    @Test func `a node that is not expected is let in by nobody`() async throws {
        let stranger = try Pair(SampleFederation(), accepting: [Self.did(103)])
        defer { stranger.stop() }
        let foreign = try Pair(SampleFederation(), other: SampleFederation(9))
        defer { foreign.stop() }
        for _ in 0..<50 {
            try await Task.sleep(for: .milliseconds(10))
            stranger.client.send([1], to: stranger.serverDID)
            foreign.client.send([1], to: foreign.serverDID)
        }
        #expect(!stranger.serverInbox.isConnected(stranger.clientDID))
        #expect(stranger.serverInbox.messages.isEmpty)
        #expect(!foreign.serverInbox.isConnected(foreign.clientDID))
        #expect(foreign.serverInbox.messages.isEmpty)
    }
}
