public import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Foundation

/// Records without meaning, to fill a store with.
public enum SampleRecords {
    public static func record(
        _ number: Int, agent: String = "agent", kind: String = "sample/v1", type: String? = nil, session: String? = nil,
        nonce: String? = nil, sequence: Int? = nil, time: Int64? = nil
    ) throws -> NewRecord {
        let bytes = Array("record \(number) of \(agent)".utf8)
        return try NewRecord(
            kind: kind, id: Digest.sha256(bytes), bytes: bytes, agent: agent, sequence: sequence,
            time: time ?? Int64(number) * 1000, eventType: type, session: session, nonce: nonce)
    }

    public static func state(_ count: Int, head: String? = nil) -> ChainState {
        ChainState(count: count, head: head ?? "head-\(count)", timestamp: Int64(count), profile: "sample/v1")
    }
}

/// Either implementation of the store.
public enum StoreKind: String, CaseIterable, Sendable {
    case sqlite, memory

    public typealias Store = RecordStore & RecordIndex & RecordAudit & SigningFence

    public func open(_ folder: TemporaryFolder) throws -> any Store {
        switch self {
        case .sqlite: try SQLiteStore(path: folder.path + "/ledger.sqlite")
        case .memory: MemoryStore()
        }
    }
}
