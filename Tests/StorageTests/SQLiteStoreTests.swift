import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Foundation
import GRDB
import TestKit
import Testing

struct SQLiteStoreTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path + "/ledger.sqlite" }

    private func open(readOnly: Bool = false) throws -> SQLiteStore { try SQLiteStore(path: path, readOnly: readOnly) }

    private func refusal(readOnly: Bool = false) -> String? { code { _ = try open(readOnly: readOnly) } }

    private func edit(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test func `every writer synchronises fully, also after appends and reopening`() throws {
        for round in 0..<3 {
            let store = try open()
            #expect(try store.synchronousLevel() == 2)
            _ = try store.append([SampleRecords.record(round)], moving: [])
            _ = try store.frontier()
            #expect(try store.synchronousLevel() == 2)
        }
    }

    @Test func `what was appended is there after reopening`() throws {
        let state = SampleRecords.state(3)
        do {
            let store = try open()
            _ = try store.append(
                (0..<3).map { try SampleRecords.record($0, nonce: "n-\($0)") },
                moving: [ChainMove(agent: "agent", from: nil, to: state)])
            _ = try store.advanceGeneration(beyond: 0)
        }
        for readOnly in [false, true] {
            let store = try open(readOnly: readOnly)
            #expect(try store.frontier().size == 3 && store.chain("agent") == state && store.generation() == 1)
            #expect(try store.hasNonce("n-2", of: "agent") && store.records(RecordQuery()).count == 3)
            #expect(try store.integrityFailures().isEmpty)
        }
    }

    @Test func `eight bytes of a nonce find a row, the row decides`() throws {
        let store = try open()
        let refusal = try VerifiedRecord.sign(
            ["did": "did:bob", "initiator": "did:alice", "nonce": "first"], type: HandshakeRefusal.type,
            by: SampleKeys.keys(1).record)
        let record = try NewRecord.derive(kind: HandshakeRefusal.type, bytes: refusal.bytes, sequence: nil)
        _ = try store.append([record], moving: [])
        #expect(try store.hasNonce("did:alice first", of: record.agent))
        // Another nonce whose digest begins alike.
        let digest = Digest.sha256(Array("did:alice second".utf8)).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        try edit("UPDATE record SET nonce = \(Int64(bitPattern: digest))")
        #expect(try !store.hasNonce("did:alice second", of: record.agent))
    }

    @Test func `a store of a newer version is refused, to readers too`() throws {
        _ = try open()
        try edit("PRAGMA user_version = 2")
        #expect(refusal() == "store.unavailable")
        #expect(refusal(readOnly: true) == "store.unavailable")
    }

    @Test func `a file that is no database is store.corrupt and stays as it is`() throws {
        let text = [UInt8](repeating: 0x61, count: 5000)
        try folder.write(text, to: "ledger.sqlite")
        #expect(refusal() == "store.corrupt")
        #expect(try folder.read("ledger.sqlite") == text)
    }

    @Test func `a store cannot be made where there is no folder`() {
        #expect(code { _ = try SQLiteStore(path: folder.path + "/none/ledger.sqlite") } == "store.unavailable")
        #expect(code { _ = try SQLiteStore(path: folder.path) } == "store.unavailable")
        #expect(refusal(readOnly: true) == "store.unavailable")
    }

    @Test func `a reader cannot append`() throws {
        _ = try open()
        let reader = try open(readOnly: true)
        #expect(code { _ = try reader.append([SampleRecords.record(0)], moving: []) } == "store.unavailable")
        #expect(code { _ = try reader.advanceGeneration(beyond: 0) } == "store.unavailable")
    }

    @Test func `a reader leaves no file and no byte behind, and the store is its owner's alone`() throws {
        do { _ = try open().append([SampleRecords.record(0)], moving: []) }
        let (files, bytes) = (folder.files(), try folder.read("ledger.sqlite"))
        do { #expect(try open(readOnly: true).frontier().size == 1) }
        #expect(folder.files() == files && files == ["ledger.sqlite"])
        #expect(try folder.read("ledger.sqlite") == bytes)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func `two writers see each other's words and chains`() throws {
        let (one, two) = (try open(), try open())
        for number in 0..<6 {
            let store = number % 2 == 0 ? one : two
            let before = try store.chain("agent")
            let move = ChainMove(agent: "agent", from: before, to: SampleRecords.state(number + 1))
            _ = try store.append([SampleRecords.record(number, type: "t\(number / 2)")], moving: [move])
        }
        for store in [one, two] {
            #expect(try store.frontier().size == 6)
            for type in ["t0", "t1", "t2"] { #expect(try store.records(RecordQuery(eventType: type)).count == 2) }
        }
        #expect(try one.integrityFailures().isEmpty)
    }

    @Test func `what another connection committed is seen by the very next look`() throws {
        let (one, two) = (try open(), try open())
        let reader = try open(readOnly: true)
        for number in 0..<20 {
            let (writer, other) = number % 2 == 0 ? (one, two) : (two, one)
            let state = SampleRecords.state(number + 1)
            let move = ChainMove(agent: "agent", from: try writer.chain("agent"), to: state)
            _ = try writer.append([SampleRecords.record(number)], moving: [move])
            for store in [other, reader] {
                #expect(try store.chain("agent") == state && store.frontier().size == UInt64(number + 1))
            }
        }
    }

    @Test func `the words of a rolled-back append are not remembered`() throws {
        let (one, two) = (try open(), try open())
        let false_ = ChainMove(agent: "agent", from: SampleRecords.state(1), to: SampleRecords.state(2))
        // The conflict comes before the first word is written, so a record that fails later is needed as well.
        #expect(code { _ = try one.append([SampleRecords.record(0, type: "mine")], moving: [false_]) } == "store.conflict")
        try edit("CREATE TRIGGER refuse BEFORE INSERT ON record WHEN new.time = 99 BEGIN SELECT RAISE(ABORT, 'no'); END")
        #expect(throws: NodeError.self) {
            try one.append([SampleRecords.record(1, type: "mine"), SampleRecords.record(2, time: 99)], moving: [])
        }
        try edit("DROP TRIGGER refuse")
        // Another writer gives the freed number to another word.
        _ = try two.append([SampleRecords.record(3, agent: "x", kind: "y", type: "theirs")], moving: [])
        _ = try one.append([SampleRecords.record(4, type: "mine")], moving: [])
        #expect(try one.records(RecordQuery(eventType: "mine")).map(\.position) == [1])
        #expect(try two.records(RecordQuery(eventType: "theirs")).map(\.position) == [0])
        #expect(try one.records(RecordQuery()).map(\.eventType) == ["theirs", "mine"])
    }

    @Test func `two spellings of one character are two words`() throws {
        let store = try open()
        let (composed, decomposed) = ("\u{e9}", "e\u{301}")
        let records = try [composed, decomposed].enumerated().map { try SampleRecords.record($0, type: $1) }
        _ = try store.append(records, moving: [])
        for (position, type) in [composed, decomposed].enumerated() {
            #expect(try store.records(RecordQuery(eventType: type)).map(\.position) == [UInt64(position)])
            #expect(try store.difference(from: records[position], at: UInt64(position)) == nil)
        }
    }

    @Test(arguments: [
        "UPDATE tree SET frontier = x'00'", "UPDATE tree SET frontier = zeroblob(40)", "DELETE FROM tree",
        "UPDATE tree SET frontier = CAST(x'7fffffffffffffff' || zeroblob(2016) AS BLOB)",
    ])
    func `a damaged tree is store.corrupt`(sql: String) throws {
        let store = try open()
        _ = try store.append([SampleRecords.record(0)], moving: [])
        try edit(sql)
        #expect(code { _ = try store.frontier() } == "store.corrupt")
        #expect(code { _ = try store.append([SampleRecords.record(1)], moving: []) } == "store.corrupt")
    }

    @Test(arguments: [
        "UPDATE record SET leaf = x'00'", "UPDATE record SET agent = 999", "UPDATE record SET kind = 999",
        "UPDATE record SET position = -1", "UPDATE word SET id = id + 100",
    ])
    func `a damaged record is store.corrupt, not a trap`(sql: String) throws {
        let store = try open()
        _ = try store.append([SampleRecords.record(0)], moving: [])
        try edit(sql)
        #expect(code { _ = try store.records(RecordQuery()) } == "store.corrupt")
    }

    @Test(arguments: [
        "UPDATE chain SET count = -1", "UPDATE chain SET count = 9223372036854775807",
        "UPDATE chain SET seals = 9223372036854775807", "UPDATE chain SET timestamp = -1",
    ])
    func `a damaged chain is store.corrupt, not a trap`(sql: String) throws {
        let store = try open()
        _ = try store.append([], moving: [ChainMove(agent: "agent", from: nil, to: SampleRecords.state(1))])
        try edit(sql)
        #expect(code { _ = try store.chain("agent") } == "store.corrupt")
        #expect(code { _ = try store.chains() } == "store.corrupt")
    }

    @Test(arguments: [
        "CREATE INDEX more ON record (time)", "DROP INDEX record_time", "DROP INDEX record_nonce",
        "CREATE TRIGGER quiet BEFORE INSERT ON record WHEN new.time = 99 BEGIN SELECT RAISE(IGNORE); END",
        "DELETE FROM record WHERE position = 1", "UPDATE record SET position = 9223372036854775807 WHERE position = 2",
    ])
    func `a changed schema and missing records are found`(sql: String) throws {
        let store = try open()
        _ = try store.append((0..<3).map { try SampleRecords.record($0) }, moving: [])
        #expect(try store.integrityFailures().isEmpty)
        try edit(sql)
        #expect(try !store.integrityFailures().isEmpty)
    }
}
