internal import ChancerySuite
internal import ChanceryWire

/// What a vault holds, folded from the events of its chain. Whoever folds the same events has the same catalogue, so a
/// record that was swapped, left out or rolled back is found by comparison with the chain.
public struct CatalogueState: Sendable {
    /// The most versions that a vault holds or remembers.
    public static let limit = 1 << 20

    public private(set) var keys = KeyLedger()
    public private(set) var uses = RateBook()
    /// SHA3-256 of the access policy in force; nil when everything is denied.
    public private(set) var policy: [UInt8]?
    /// How often the vault was locked on purpose. Who unlocked it before is not to use it after.
    public private(set) var locks: Int64 = 0
    /// Events folded so far.
    public private(set) var events: Int64 = 0
    /// The number of the newest keyring.
    public private(set) var lastKeyring: Int64 = 0
    public private(set) var count = 0

    /// What the operator of a home without a committee granted.
    public private(set) var grants = GrantBook()
    /// The versions of each artifact, in their order.
    private var versions: [ArtifactID: [CatalogueEntry]] = [:]
    /// The artifact that was last put under a name. A space of its own: no id is ever looked up here.
    private var names: [ArtifactName: ArtifactID] = [:]

    public init() {}

    /// All versions of an artifact, deleted ones too, in their order.
    public func versions(of artifact: ArtifactID) -> [CatalogueEntry] { versions[artifact] ?? [] }

    /// The artifact that a name stands for.
    public func artifact(named name: ArtifactName) -> ArtifactID? { names[name] }

    /// Every version that was ever put under a name, deleted ones too: for looking back, never for opening. Looks at every
    /// entry.
    public func history(of name: ArtifactName) -> [CatalogueEntry] {
        sorted.filter { $0.name == name }.sorted { $0.put < $1.put }
    }

    /// The newest live version of an artifact, or `version` of it.
    ///
    /// - Throws: `vault.unknown_artifact`.
    public func entry(_ artifact: ArtifactID, version: Int64? = nil) throws(VaultError) -> CatalogueEntry {
        let found = versions(of: artifact).last { $0.status == .live && (version == nil || $0.version == version) }
        guard let found else { throw VaultError(.unknownArtifact, "the vault has no `\(artifact.text)` of that version") }
        return found
    }

    /// Every live version, ascending by artifact and version.
    public var live: [CatalogueEntry] { sorted.filter { $0.status == .live } }

    /// Every version that was deleted and that a backup might still bring back.
    public var unlinked: [CatalogueEntry] { sorted.filter { $0.status == .unlinked } }

    private var sorted: [CatalogueEntry] {
        versions.sorted { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }.flatMap(\.value)
    }

    /// Takes an event; throws and changes nothing when it cannot follow.
    ///
    /// - Throws: `vault.catalogue_conflict`, `vault.unknown_artifact`, and the errors of ``KeyLedger``.
    public mutating func apply(_ event: VaultEvent) throws(VaultError) {
        switch event {
        case .put(let entry): try put(entry)
        case .rewrap(let rewrap): try self.rewrap(rewrap)
        case .delete(let deletion): try delete(deletion)
        case .key(let event): try keys.apply(event)
        case .access(let access): uses.record(access.kind, access.principal, at: access.time)
        case .policy(let change):
            guard change.previous == policy else {
                throw VaultError(.catalogueConflict, "the policy replaces another one than the one in force")
            }
            policy = change.policy
        case .grant(let grant): try grants.add(grant)
        case .revocation(let id): try grants.revoke(id)
        case .session(let session): if session.change == .locked { locks += 1 }
        case .refusal, .attestation, .inference: break
        }
        events += 1
    }

    private mutating func put(_ entry: CatalogueEntry) throws(VaultError) {
        let known = versions(of: entry.artifact)
        guard entry.status == .live, entry.version == (known.last?.version ?? 0) + 1 else {
            throw VaultError(.catalogueConflict, "version \(entry.version) of `\(entry.artifact.text)` is not the next one")
        }
        guard known.last.map({ $0.kind == entry.kind }) ?? true else {
            throw VaultError(.catalogueConflict, "`\(entry.artifact.text)` is of another kind")
        }
        guard count < Self.limit else { throw VaultError(.catalogueConflict, "the catalogue has \(Self.limit) versions") }
        try check(keyring: entry.keyring)
        try check(entry.wrappingKey, for: entry)
        versions[entry.artifact, default: []].append(entry)
        names[entry.name] = entry.artifact
        lastKeyring = entry.keyring
        count += 1
    }

    private mutating func rewrap(_ rewrap: VaultEvent.Rewrap) throws(VaultError) {
        guard (1...VaultEvent.Rewrap.mostItems).contains(rewrap.items.count),
            rewrap.first <= CanonicalForm.largestSafeInteger - Int64(rewrap.items.count)
        else { throw VaultError(.eventMalformed, "a batch re-wraps 1 to \(VaultEvent.Rewrap.mostItems) versions") }
        try check(keyring: rewrap.first)
        var seen: Set<KeySubject> = []
        var places: [(artifact: ArtifactID, index: Int, key: VaultKeyID)] = []
        for item in rewrap.items {
            guard let index = versions[item.artifact]?.firstIndex(where: { $0.version == item.version && $0.status == .live }),
                let entry = versions[item.artifact]?[index]
            else { throw VaultError(.unknownArtifact, "the vault has no `\(item.artifact.text)` of that version") }
            try check(item.wrappingKey, for: entry)
            guard seen.insert(.artifact(item.artifact, version: item.version)).inserted else {
                throw VaultError(.eventMalformed, "a batch re-wraps a version twice")
            }
            places.append((item.artifact, index, item.wrappingKey))
        }
        for (offset, place) in places.enumerated() {
            versions[place.artifact]?[place.index].keyring = rewrap.first + Int64(offset)
            versions[place.artifact]?[place.index].wrappingKey = place.key
        }
        lastKeyring = rewrap.first + Int64(rewrap.items.count) - 1
    }

    private mutating func delete(_ deletion: VaultEvent.Deletion) throws(VaultError) {
        let before: CatalogueEntry.Status = deletion.status == .unlinked ? .live : .unlinked
        let known = versions(of: deletion.artifact)
        let indexes = known.indices.filter {
            known[$0].status == before && (deletion.version == nil || known[$0].version == deletion.version)
        }
        guard deletion.status != .live, !indexes.isEmpty else {
            throw VaultError(.unknownArtifact, "the vault has no such version of `\(deletion.artifact.text)` to delete")
        }
        if deletion.status == .destroyed {
            // What could open it is gone: the wrapping key, and with its root every backup of its seed.
            for index in indexes where !keys.isBeyondRecovery(known[index].wrappingKey) {
                throw VaultError(.catalogueConflict, "`\(known[index].wrappingKey)` or a root of it is not destroyed")
            }
        }
        for index in indexes { versions[deletion.artifact]?[index].status = deletion.status }
        if deletion.status == .unlinked, versions[deletion.artifact]?.contains(where: { $0.status == .live }) == false {
            for entry in known where names[entry.name] == deletion.artifact { names[entry.name] = nil }
        }
    }

    private func check(keyring: Int64) throws(VaultError) {
        guard keyring > lastKeyring else {
            throw VaultError(.catalogueConflict, "keyring \(keyring) is not newer than \(lastKeyring)")
        }
    }

    private func check(_ key: VaultKeyID, for entry: CatalogueEntry) throws(VaultError) {
        guard let record = keys[key] else { throw VaultError(.keyUnknown, "the vault has no key `\(key)`") }
        guard record.statement.subject == .artifact(entry.artifact, version: entry.version),
            record.algorithm == VaultKeyKind.wrappingAlgorithm(for: entry.tier), key.kind == .wrapping(entry.kind)
        else { throw VaultError(.keyPurpose, "`\(key)` is not the key of that version and tier") }
        guard record.state == .active else { throw VaultError(.keyState, "`\(key)` is \(record.state.rawValue)") }
    }
}

extension VaultError.Reason {
    /// The vault has no such artifact, name or version.
    public static let unknownArtifact = Self(rawValue: "vault.unknown_artifact")
    /// An event that cannot follow what the catalogue holds.
    public static let catalogueConflict = Self(rawValue: "vault.catalogue_conflict")
    /// The catalogue is older than, or another one than, what was seen before.
    public static let rolledBack = Self(rawValue: "vault.rolled_back")
}

extension CatalogueState {
    /// The root over everything: RFC 6962 over SHA-256 of the entries, ascending by artifact and version, each RFC 8785 of its
    /// members with `status`. Looks at every entry.
    public var root: [UInt8] {
        var level = sorted.map { entry in
            var members = entry.members
            members["status"] = .string(entry.status.rawValue)
            return Digest256.sha256(prefix: 0, Self.canonical(members))
        }
        guard !level.isEmpty else { return Digest.sha256([]) }
        // A node without a neighbour goes up as it is: the tree of RFC 6962 §2.1, from the leaves.
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map { index in
                index + 1 < level.count ? Digest256.sha256(prefix: 1, level[index], level[index + 1]) : level[index]
            }
        }
        return level[0].bytes
    }

    private static func canonical(_ object: JSONObject) -> [UInt8] {
        do { return try CanonicalForm.jcs.encode(object) } catch {
            preconditionFailure("entries hold texts and safe integers")
        }
    }
}
