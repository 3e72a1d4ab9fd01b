import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Foundation
import Synchronization
import TestKit

/// The nodes of a federation in one process: real stores, files and signatures, a network and a clock of the test's.
final class SampleCluster: Sendable {
    struct Letter: Sendable {
        let from: Int
        let to: DID
        let bytes: [UInt8]
    }

    /// What one node sends lands in the cluster's queue.
    private struct Wire: PeerNetwork {
        let from: Int
        let letters: Letters

        func send(_ message: [UInt8], to peer: DID) { letters.add(Letter(from: from, to: peer, bytes: message)) }
    }

    final class Letters: Sendable {
        private let queue = Mutex<[Letter]>([])
        func add(_ letter: Letter) { queue.withLock { $0.append(letter) } }
        func take() -> [Letter] {
            queue.withLock { queue in
                defer { queue = [] }
                return queue
            }
        }
    }

    final class Clock: Sendable {
        private let milliseconds: Mutex<Int64>
        init(_ start: UTCTime) { milliseconds = Mutex(start.milliseconds) }
        var now: UTCTime { UTCTime(milliseconds: milliseconds.withLock { $0 }) }
        func advance(_ step: Int64) { milliseconds.withLock { $0 += step } }
    }

    let federation: SampleFederation
    let folders: [TemporaryFolder]
    let letters = Letters()
    let clock = Clock(SampleKeys.time(20))
    private let running: Mutex<[FederationNode?]>

    init(_ count: Int) throws {
        federation = try SampleFederation(weights: Array(repeating: 1, count: count))
        folders = (0..<count).map { _ in TemporaryFolder() }
        running = Mutex(Array(repeating: nil, count: count))
        for member in 0..<count { try start(member) }
    }

    func store(_ member: Int) throws -> SQLiteStore { try SQLiteStore(path: folders[member].path + "/ledger.sqlite") }

    /// How many records a member's store has, refusals left out.
    func kept(_ member: Int) throws -> UInt64 {
        let statistics = try store(member).statistics()
        return statistics.records - (statistics.byKind[StoreStatement.refusal] ?? 0)
    }

    /// What the journal of a member's signer holds.
    func journal(of member: Int) throws -> [UInt8] {
        guard let bytes = try files(member).journal(journalName(member)) else { throw CocoaError(.fileNoSuchFile) }
        return bytes
    }

    func setJournal(_ bytes: [UInt8], of member: Int) throws { try files(member).setJournal(bytes, of: journalName(member)) }

    private func journalName(_ member: Int) throws -> String {
        guard let file = folders[member].files(under: "state").first(where: { $0.hasSuffix(".journal") }),
            let name = file.split(separator: "/").last
        else { throw CocoaError(.fileNoSuchFile) }
        return String(name.dropLast(".journal".count))
    }

    func files(_ member: Int) -> FederationFolder {
        FederationFolder(path: folders[member].path + "/governance", statePath: folders[member].path + "/state")
    }

    func start(_ member: Int, files other: (any FederationFiles)? = nil) throws {
        let clock = clock
        let node = try FederationNode(
            genesis: federation.genesis, me: federation.dids[member], consensus: federation.keys[member].consensus,
            files: other ?? files(member), store: store(member), network: Wire(from: member, letters: letters),
            now: { clock.now })
        running.withLock { $0[member] = node }
    }

    func stop(_ member: Int) { running.withLock { $0[member] = nil } }

    func node(_ member: Int) -> FederationNode? { running.withLock { $0[member] } }

    /// Lets time pass in steps of 50 ms, delivering what `isDelivered` lets through, until `isDone` or the end.
    func run(
        _ seconds: Int64, isDelivered: @Sendable (Letter) -> Bool = { _ in true }, until isDone: () async -> Bool = { false }
    ) async throws {
        for _ in 0..<(seconds * 20) {
            if await isDone() { return }
            clock.advance(50)
            for member in folders.indices { try await node(member)?.tick() }
            for letter in letters.take() where isDelivered(letter) {
                guard let target = federation.dids.firstIndex(of: letter.to) else { continue }
                await node(target)?.receive(letter.bytes, from: federation.dids[letter.from])
            }
        }
    }

    /// What another process of the member's home does.
    func sign(_ record: VerifiedRecord, at member: Int) throws { _ = try store(member).append([NewRecord(record)], moving: []) }

    func slots() async -> [Int64] {
        var slots: [Int64] = []
        for member in folders.indices { if let node = node(member) { slots.append(await node.head.slot) } }
        return slots
    }

    func proposal(_ parameters: ProposalParameters, basis: Basis, salt: UInt8 = 5) throws -> Proposal {
        try .make(
            ProposalTerms(
                parameters, basis: basis, in: federation.committee, title: "sample", proposer: federation.dids[0],
                created: clock.now, expires: clock.now.advanced(bySeconds: 3600), salt: SampleKeys.salt(salt)),
            in: federation.committee, key: federation.keys[0].ballot)
    }
}
