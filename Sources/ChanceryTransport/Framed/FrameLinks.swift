internal import ChanceryLedger
internal import NIOCore
internal import Synchronization

/// The connections that stand, one for each peer, and what came over them in order.
final class FrameLinks: Sendable {
    enum Event: Sendable {
        case opened(DID)
        case closed(DID)
        case message([UInt8], from: DID)
    }

    /// Most bytes that wait to be sent to one peer; a peer that takes less is cut off.
    static let outgoingBytes = 64 << 20
    /// Bytes that wait to be worked on before nothing more is read.
    static let incomingBytes = 64 << 20

    private struct Link {
        let channel: any Channel
        var waiting = 0
    }

    private struct State {
        var links: [DID: Link] = [:]
        var incoming = 0
        var paused: [any Channel] = []
    }

    private let accepting: Set<DID>
    private let state = Mutex(State())
    let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    init(accepting: Set<DID>) {
        self.accepting = accepting
        (events, continuation) = AsyncStream.makeStream()
    }

    func admits(_ did: DID) -> Bool { accepting.contains(did) }

    /// A connection to `did` stands; an earlier one gives way.
    func opened(_ channel: any Channel, _ did: DID) {
        let old = state.withLock { $0.links.updateValue(Link(channel: channel), forKey: did) }
        if let old {
            old.channel.close(promise: nil)
            continuation.yield(.closed(did))
        }
        continuation.yield(.opened(did))
    }

    func closed(_ channel: any Channel, _ did: DID) {
        let wasCurrent = state.withLock { state in
            state.paused.removeAll { $0 === channel }
            guard state.links[did]?.channel === channel else { return false }
            state.links[did] = nil
            return true
        }
        if wasCurrent { continuation.yield(.closed(did)) }
    }

    func received(_ message: [UInt8], from did: DID, on channel: any Channel) {
        let mustPause = state.withLock { state in
            state.incoming += message.count
            guard state.incoming > Self.incomingBytes, !state.paused.contains(where: { $0 === channel }) else { return false }
            state.paused.append(channel)
            return true
        }
        if mustPause { channel.setOption(.autoRead, value: false).whenComplete { _ in } }
        continuation.yield(.message(message, from: did))
    }

    /// A message was worked on.
    func done(_ count: Int) {
        let resumed = state.withLock { state -> [any Channel] in
            state.incoming -= count
            guard state.incoming <= Self.incomingBytes / 2, !state.paused.isEmpty else { return [] }
            defer { state.paused = [] }
            return state.paused
        }
        for channel in resumed { channel.setOption(.autoRead, value: true).whenComplete { _ in channel.read() } }
    }

    /// Sends a message; to a peer that is away, or takes nothing for long, it is lost.
    func send(_ message: [UInt8], to did: DID) {
        guard (1...FrameCutter.maximumBytes).contains(message.count) else { return }
        let size = message.count + FrameCutter.headBytes
        let (channel, isStuck) = state.withLock { state -> ((any Channel)?, Bool) in
            guard let link = state.links[did] else { return (nil, false) }
            guard link.waiting + size <= Self.outgoingBytes else { return (link.channel, true) }
            state.links[did]?.waiting += size
            return (link.channel, false)
        }
        guard let channel else { return }
        guard !isStuck else { return channel.close(promise: nil) }
        var buffer = channel.allocator.buffer(capacity: size)
        buffer.writeInteger(UInt32(message.count))
        buffer.writeBytes(message)
        channel.writeAndFlush(buffer).whenComplete { [weak self] _ in
            self?.state.withLock { state in
                if state.links[did]?.channel === channel { state.links[did]?.waiting -= size }
            }
        }
    }

    func finish() {
        for link in state.withLock({ $0.links.values.map(\.channel) }) { link.close(promise: nil) }
        continuation.finish()
    }
}
