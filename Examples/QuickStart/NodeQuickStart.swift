import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChanceryWire
import Foundation

/// Use cases over a durable store: what an agent does is stamped, logged and proven.
func nodeQuickStart(home: String) throws {
    let now: @Sendable () -> UTCTime = { UTCTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)

    // The ports, on this machine's disk. `MemoryStore` serves where nothing has to stay.
    let store = try SQLiteStore(path: home + "/ledger.sqlite")
    let files = LogFolder(path: home + "/log", privatePath: home + "/private", highWaterPath: home + "-state")
    let registry = IdentityRegistry(store: store)
    let keeper = IdentityKeeper(files: IdentityFolder(path: home + "/identities"), registry: registry, now: now)
    let protection = KeyProtection(try Passphrase("correct horse battery staple"))

    // Create an identity and stamp two events: when `stamp` returns, both survive a power failure.
    let name = try IdentityName("clerk")
    _ = try keeper.create(name, protection: protection)
    let identity = try keeper.open(name, protection)
    let ledger = AgentLedger(store: store, registry: registry, now: now)
    let payloads: [JSONValue] = [["action": "read"], ["action": "write"]]
    let receipts = try ledger.stamp(payloads.compactMap(\.object), as: identity)

    // Sign a checkpoint over everything stored and prove that the last event is under it.
    let log = TransparencyLog(store: store, files: files, now: now)
    try log.start(origin: "example.org/log", protection: protection)
    let checkpoint = try log.publish(protection: protection)
    guard let last = receipts.last, let record = try store.record(id: Hex.decode(last.hash)) else { return }
    let proof = try log.prove(last.position)

    // Offline, with the proof, the record and the two verifier keys of the log.
    let entry = try LogEntry(type: record.kind, id: record.id, envelope: record.bytes)
    _ = try proof.verify(entry: entry.encoded, by: log.verifier())
    print("record", last.position, "stands in a log of", checkpoint.head.size)

    // Everything again, trusting neither the store nor the tiles.
    let report = try LogAudit.run(store: store, log: log)
    print("audit:", report.records, "records,", report.failures.count, "failures")
}
