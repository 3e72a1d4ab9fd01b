internal import Hummingbird
internal import NIOCore
internal import ServiceLifecycle

/// Writes events as they come, a comment when nothing comes for a while, and ends when the server stops.
struct EventStreamBody: Sendable {
    let feed: EventFeed

    var body: ResponseBody {
        let feed = feed
        return ResponseBody { writer in
            try await writer.write(ByteBuffer(bytes: ServerSentEvent.comment))
            let end = ContinuousClock.now + EventFeed.lifetime
            while ContinuousClock.now < end, let events = await Self.next(of: feed) {
                if events.isEmpty { try await writer.write(ByteBuffer(bytes: ServerSentEvent.comment)) }
                for event in events { try await writer.write(ByteBuffer(bytes: event.encoded())) }
            }
            try await writer.finish(nil)
        }
    }

    /// Nil at the end, also when the server stops or the source fails: the client comes again and hears why.
    private static func next(of feed: EventFeed) async -> [ServerSentEvent]? {
        try? await cancelWhenGracefulShutdown { try await feed.next() }
    }
}
