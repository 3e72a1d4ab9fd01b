internal import NIOCore

/// Closes a connection whose client does not read: a request that was read to its end is past every other limit of time.
final class StalledWriteCloser: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = NIOAny

    private let allowed: TimeAmount

    init(_ allowed: TimeAmount) { self.allowed = allowed }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let channel = context.channel
        let deadline = context.eventLoop.scheduleTask(in: allowed) { channel.close(promise: nil) }
        let written = promise ?? context.eventLoop.makePromise()
        written.futureResult.whenComplete { _ in deadline.cancel() }
        context.write(data, promise: written)
    }
}
