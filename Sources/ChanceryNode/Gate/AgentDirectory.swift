internal import ChanceryLedger
internal import ChanceryWire
internal import Synchronization

/// Who an agent is, asked again and again: what the registry said is kept until the registry moves.
final class AgentDirectory: Sendable {
    struct Entry: Sendable {
        let record: AgentRecord
        let identity: IdentityDocument
        /// Every name and id under which the agent is known.
        let names: Set<String>

        init(_ record: AgentRecord, _ identity: IdentityDocument) {
            self.record = record
            self.identity = identity
            names = [record.name, identity.did.text, identity.agentID.text, identity.classicalAgentID.text]
        }
    }

    private struct Known {
        var head: String?
        var entries: [[UInt8]: Entry] = [:]
    }

    /// Most names that are kept.
    private static let capacity = 4096

    private let store: any RecordStore
    private let registry: IdentityRegistry
    private let known = Mutex(Known())

    init(store: any RecordStore, registry: IdentityRegistry) {
        self.store = store
        self.registry = registry
    }

    /// The agent that a name, DID or agent id means.
    ///
    /// - Throws: `node.not_found`.
    func agent(_ name: String) throws -> Entry {
        let key = Array(name.utf8)
        let head = try RegistryState(store).state?.head
        if let entry = known.withLock({ known in
            if known.head != head || known.entries.count > Self.capacity { known = Known(head: head) }
            return known.entries[key]
        }) {
            return entry
        }
        let (record, identity) = try registry.agent(called: name)
        let entry = Entry(record, identity)
        known.withLock { if $0.head == head { $0.entries[key] = entry } }
        return entry
    }
}
