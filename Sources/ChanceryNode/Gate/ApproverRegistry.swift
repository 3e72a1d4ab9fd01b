public import ChanceryGate
internal import ChanceryLedger
public import ChancerySuite
public import ChanceryVault
public import ChanceryWire
internal import Synchronization

/// The people who may approve, as the operator of this home registered them. Another process that registers or revokes one
/// is heard at the next look.
public final class ApproverRegistry: Sendable {
    public static let capacity = 10_000

    private struct Known {
        var position: UInt64?
        var approvers: [String: Approver] = [:]
    }

    private let store: any RecordStore & RecordIndex
    private let registry: IdentityRegistry
    private let now: @Sendable () -> UTCTime
    private let known = Mutex(Known())

    public init(
        store: any RecordStore & RecordIndex, registry: IdentityRegistry, now: @escaping @Sendable () -> UTCTime
    ) {
        self.store = store
        self.registry = registry
        self.now = now
    }

    /// Lets a person approve.
    ///
    /// - Throws: `node.already_exists` for a name that approves already or a key that was registered before, and
    ///   `gate.approver_malformed` for a key of an agent: it would answer for itself.
    public func register(_ approver: Approver) throws -> Approver {
        let keys = try registry.identities().flatMap { IdentityRegistry.keys(of: $0.record.body) }
        guard !approver.key.parts.contains(where: { keys.contains($0.bytes) }) else {
            throw GateError(.approverMalformed, "the key belongs to an agent")
        }
        let time = now()
        let others = try current()
        guard others[approver.id] == nil else {
            throw NodeError(.alreadyExists, "the key `\(approver.id)` was registered before")
        }
        guard !others.values.contains(where: { $0.isActive(at: time) && $0.name.utf8.elementsEqual(approver.name.utf8) }) else {
            throw NodeError(.alreadyExists, "`\(approver.name)` approves already; revoke the key before another is registered")
        }
        guard others.count < Self.capacity else {
            throw NodeError(.rejected, "a home has \(Self.capacity) approvers at most")
        }
        return try keep(approver, at: time)
    }

    /// Lets a key approve no more, at once and for good.
    public func revoke(_ name: String) throws -> Approver {
        try keep(approver(called: name).revoked(), at: now())
    }

    /// The active person of this name, or whoever has this id.
    ///
    /// - Throws: `gate.approver_unknown`.
    public func approver(called name: String) throws -> Approver {
        let (all, time) = (try current(), now())
        let found = all[name] ?? all.values.first { $0.isActive(at: time) && $0.name.utf8.elementsEqual(name.utf8) }
        guard let found else { throw GateError(.approverUnknown, "nobody called `\(name.prefix(64))` may approve here") }
        return found
    }

    /// Who has this id; nil when nobody has.
    public func approver(_ id: String) throws -> Approver? { try current()[id] }

    /// Everybody, by id.
    public func approvers() throws -> [Approver] { try current().values.sorted { $0.id < $1.id } }

    /// Whose word counts at `time` that a person is there (rule V8).
    public func people(at time: UTCTime) throws -> [EnrolledPerson] {
        try current().values.filter { $0.isActive(at: time) }.map {
            EnrolledPerson(id: $0.id, key: RecordVerifier($0.key), notBefore: $0.notBefore, notAfter: $0.notAfter)
        }
    }

    private func keep(_ approver: Approver, at time: UTCTime) throws -> Approver {
        _ = try store.append([StoreStatement(Approver.kind, time, approver.json).record()], moving: [])
        guard let stored = try current()[approver.id] else {
            throw NodeError(.storeCorrupt, "the approver `\(approver.id)` was stored and is not there")
        }
        return stored
    }

    private func current() throws -> [String: Approver] {
        try known.withLock { known in
            var query = RecordQuery(kind: Approver.kind, after: known.position, limit: 1000)
            while true {
                let page = try store.records(query)
                for record in page {
                    let approver = try Approver(statement: record.bytes)
                    known.position = record.position
                    switch (known.approvers[approver.id]?.status, approver.status) {
                    case (nil, _), (.active?, .revoked): known.approvers[approver.id] = approver
                    // Nothing revives a key or changes what it may do.
                    default: break
                    }
                }
                query.after = known.position
                if page.count < query.limit { return known.approvers }
            }
        }
    }
}

/// The private half of a person's key, as a file under a passphrase of their own.
public enum ApproverKeyFile {
    public static func generate() throws -> SigningKey<Purpose.Approval> { try SigningKey.generate(.hybrid) }

    public static func encode(_ key: SigningKey<Purpose.Approval>, _ protection: KeyProtection) throws -> [UInt8] {
        try protection.protect(KeyFile(KeyRing.entries(Purpose.Approval.name, key)))
    }

    /// - Throws: `ledger.wrong_passphrase`, `ledger.key_file_corrupted`, `node.key_missing` for a file of other keys.
    public static func open(_ bytes: [UInt8], _ protection: KeyProtection) throws -> SigningKey<Purpose.Approval> {
        try KeyRing.key(Purpose.Approval.name, in: protection.open(bytes))
    }
}
