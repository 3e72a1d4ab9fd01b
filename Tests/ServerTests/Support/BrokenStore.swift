import ChanceryLedger
import ChanceryNode
import ChancerySuite

/// A store of which nothing can be had.
struct BrokenStore: RecordStore, RecordIndex {
    let error: NodeError

    func append(_ records: [NewRecord], moving moves: [ChainMove]) throws -> UInt64 { throw error }
    func chain(_ agent: String) throws -> ChainState? { throw error }
    func hasNonce(_ nonce: String, of agent: String) throws -> Bool { throw error }
    func frontier() throws -> MerkleFrontier { throw error }
    func leaves(_ range: Range<UInt64>) throws -> [Digest256] { throw error }
    func records(_ query: RecordQuery) throws -> [StoredRecord] { throw error }
    func record(id: [UInt8]) throws -> StoredRecord? { throw error }
    func statistics() throws -> StoreStatistics { throw error }
    func chains() throws -> [(agent: String, state: ChainState)] { throw error }
}
