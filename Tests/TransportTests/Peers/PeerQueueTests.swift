import ChanceryTransport
import Testing

struct PeerQueueTests {
    @Test func `messages come out in their order`() async {
        let queue = PeerQueue()
        for number in 0..<3 { queue.add([UInt8(number)]) }
        for number in 0..<3 { #expect(await queue.next() == [UInt8(number)]) }
    }

    @Test func `a message that comes later wakes who waits`() async {
        let queue = PeerQueue()
        async let first = queue.next()
        queue.add([1])
        #expect(await first == [1])
    }

    @Test func `of too many messages the oldest go`() async {
        let queue = PeerQueue()
        for number in 0..<(PeerQueue.messages + 5) { queue.add([UInt8(truncatingIfNeeded: number), 0]) }
        #expect(await queue.next() == [5, 0])
    }

    @Test func `of too many bytes the oldest go`() async {
        let queue = PeerQueue()
        let half = PeerQueue.bytes / 2
        for number in 0..<3 { queue.add([UInt8(number)] + [UInt8](repeating: 0, count: half - 1)) }
        #expect(await queue.next()?.first == 1)
        #expect(await queue.next()?.first == 2)
        // What is longer than all of it is not kept, and leaves nothing behind.
        queue.add([UInt8](repeating: 9, count: PeerQueue.bytes + 1))
        queue.add([3])
        #expect(await queue.next() == [3])
    }

    @Test func `who waits stops when it is cancelled`() async {
        let queue = PeerQueue()
        let waiting = Task { await queue.next() }
        waiting.cancel()
        #expect(await waiting.value == nil)
    }
}
