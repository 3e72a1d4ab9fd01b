import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChanceryWire
import Dispatch
import Foundation
import Synchronization

/// What every part of the benchmark measures with.
struct Bench {
    /// A home of the part's own, so that no part sees the history of another.
    let home: BenchHome
    let scale: Scale
    /// Where homes lie.
    let folder: String
    /// The implementation to compare with, when there is one.
    let peer: Peer?

    init(in folder: String, scale: Scale, peer: Peer?) throws {
        home = try BenchHome(in: folder)
        self.scale = scale
        self.folder = folder
        self.peer = peer
    }

    /// Another home, for what must not see the rounds before.
    func newHome() throws -> BenchHome { try BenchHome(in: folder) }

    /// Runs `ours` and `theirs` in turns, a round each, so that both see the same machine.
    func rounds(_ ours: () throws -> Double, theirs: (Peer) throws -> Double) rethrows -> (ours: [Double], theirs: [Double]) {
        var samples: (ours: [Double], theirs: [Double]) = ([], [])
        for _ in 0..<scale.rounds {
            samples.ours.append(try ours())
            if let peer { samples.theirs.append(try theirs(peer)) }
        }
        return samples
    }

    func rounds(_ ours: () throws -> Double) rethrows -> [Double] { try (0..<scale.rounds).map { _ in try ours() } }

    /// Waits for `body` on a thread that has nothing else to do.
    static func blocking<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let result = Mutex<Result<Value, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        Task {
            let value: Result<Value, any Error>
            do { value = .success(try await body()) } catch { value = .failure(error) }
            result.withLock { $0 = value }
            done.signal()
        }
        done.wait()
        guard let value = result.withLock({ $0 }) else { throw Failure(description: "work ended without a result") }
        return try value.get()
    }

    /// Writes `values` as one JSON array, for the peer and for us.
    func write(_ values: [JSONValue], _ name: String) throws -> String {
        try write(CanonicalForm.aiss1.encode(.array(values)), name)
    }

    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let path = home.file(name)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// The first `count` events of the home, or of one agent, as they were stored.
    func storedEvents(_ count: Int, of agent: String? = nil) throws -> [JSONValue] {
        var events: [JSONValue] = []
        var last: UInt64?
        while events.count < count {
            let page = try home.store.records(RecordQuery(agent: agent, after: last, limit: 5000))
            guard let end = page.last else { throw Failure(description: "the home has \(events.count) of \(count) events") }
            last = end.position
            // The documents of the identities lie between them.
            events += try page.map { try JSONParser.parse($0.bytes) }.filter { $0["nonce"] != nil }
        }
        return Array(events.prefix(count))
    }
}
