import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import Foundation
import Synchronization
import TestKit
import Testing

/// Several reads of one moment, while others read beside them.
struct MomentTests {
    private let folder = TemporaryFolder()

    private func open(_ name: String = "ledger.sqlite") throws -> SQLiteStore {
        try SQLiteStore(path: "\(folder.path)/\(name)")
    }

    @Test(.timeLimit(.minutes(1)))
    func `whoever holds a lock that moments wait for still reads, however many moments there are`() async throws {
        let store = try open()
        let lock = Mutex(())
        let isHeld = Mutex(false)
        let ended = Mutex(0)
        Thread.detachNewThread {
            lock.withLock { _ in
                isHeld.withLock { $0 = true }
                // The moments begin meanwhile.
                Thread.sleep(forTimeInterval: 0.3)
                _ = try? store.frontier()
            }
            ended.withLock { $0 += 1 }
        }
        while !isHeld.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
        for _ in 0..<16 {
            Thread.detachNewThread {
                let size = try? store.atOneMoment { try lock.withLock { _ in try store.frontier().size } }
                if size == 0 { ended.withLock { $0 += 1 } }
            }
        }
        for _ in 0..<1000 where ended.withLock({ $0 }) < 17 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(ended.withLock { $0 } == 17)
    }

    /// Reads twice, and lets a thread of its own append in between.
    private func sizes(_ store: SQLiteStore) throws -> [UInt64] {
        let before = try store.frontier().size
        let record = try SampleRecords.record(Int(before))
        let appended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            _ = try? store.append([record], moving: [])
            appended.signal()
        }
        appended.wait()
        return [before, try store.frontier().size]
    }

    @Test func `a moment sees nothing of what is appended meanwhile, also inside one of its own or of another store`() throws {
        let (store, other) = (try open(), try open("other.sqlite"))
        #expect(try sizes(store) == [0, 1])
        #expect(try store.atOneMoment { try sizes(store) } == [1, 1])
        #expect(try store.atOneMoment { try store.atOneMoment { try sizes(store) } } == [2, 2])
        #expect(try other.atOneMoment { try store.atOneMoment { try sizes(store) } } == [3, 3])
        #expect(try store.frontier().size == 4 && other.frontier().size == 0)
    }
}
