internal import Foundation

/// What several processes on one store do to each other.
enum StoreConflict {
    /// Runs `body` again when another process moved a row in between; the pause grows and is random.
    ///
    /// - Throws: `store.busy` when the others never pause, and what else `body` throws.
    static func retrying<Value>(_ body: () throws -> Value) throws -> Value {
        for attempt in 1...60 {
            do {
                return try body()
            } catch let error as NodeError where error.reason == .storeConflict && attempt < 60 {
                usleep(UInt32.random(in: 200...(2000 * UInt32(min(attempt, 20)))))
            }
        }
        throw NodeError(.storeBusy, "other processes keep moving the chain; try again")
    }
}
