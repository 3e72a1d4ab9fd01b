internal import Hummingbird
internal import NIOCore
internal import ServiceLifecycle

/// Writes events as they come, a comment when nothing comes for a while, and ends when the server stops.
struct EventStreamBody: Sendable {
    /// Less than proxies wait for.
    static let silence = Duration.seconds(15)

    let events: AsyncStream<ServerSentEvent>

    var body: ResponseBody {
        let events = events
        return ResponseBody { writer in
            // nil stands for silence.
            let (items, continuation) = AsyncStream.makeStream(of: ServerSentEvent?.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await event in events.cancelOnGracefulShutdown() { continuation.yield(event) }
                    continuation.finish()
                }
                group.addTask {
                    while (try? await Task.sleep(for: Self.silence)) != nil { continuation.yield(nil) }
                }
                defer { group.cancelAll() }
                try await writer.write(ByteBuffer(bytes: ServerSentEvent.comment))
                for await event in items {
                    try await writer.write(ByteBuffer(bytes: event?.encoded() ?? ServerSentEvent.comment))
                }
            }
            try await writer.finish(nil)
        }
    }
}
