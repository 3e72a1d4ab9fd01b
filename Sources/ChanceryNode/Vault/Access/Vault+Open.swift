internal import ChancerySuite
public import ChanceryVault
internal import ChanceryWire
internal import Synchronization

extension Vault {
    /// One version, by the artifact's name or id.
    ///
    /// - Throws: `vault.unknown_artifact`.
    public func entry(_ called: String, version: Int64? = nil) throws -> CatalogueEntry {
        try journal.read { state in
            let id: ArtifactID
            if called.utf8.starts(with: ArtifactID.prefix.utf8) {
                id = try ArtifactID(called)
            } else {
                let name = try ArtifactName(called)
                guard let found = state.artifact(named: name) else {
                    throw VaultError(.unknownArtifact, "the vault has nothing called `\(name)`")
                }
                id = found
            }
            return try state.entry(id, version: version)
        }
    }

    /// Opens one version for `caller`, if the policy, a writ in force and the tier allow it now (rule V5). The access, and its
    /// count against the limits, is durable before this returns; a refusal is on record.
    ///
    /// - Parameter fits: throws when what the caller wants of the version is not there. It is asked only when the access is
    ///   allowed, and nothing is spent then: no use, no answer of presence.
    /// - Throws: the first of the reasons of ``AccessRefusal`` with all of them in its detail; what is wrong with the stored
    ///   records and what `fits` throws, on record too; `node.retired`.
    public func open(
        _ entry: CatalogueEntry, by caller: AuthenticatedCaller, right: AccessRight = .read,
        presence answer: PresenceAnswer? = nil, if fits: (Manifest) throws -> Void = { _ in }
    ) async throws -> VaultOpening {
        let request = AccessRequest(
            caller, artifact: entry.artifact, kind: entry.kind, manifest: entry.manifest, right: right, presence: answer)
        let (verdict, mark): (AccessVerdict, Session.Mark?)
        // What the permit rests on is as old as the first question about it.
        let asked = monotonic()
        do {
            try requireActive(caller.principal)
            (verdict, mark) = try admit(request, try await voted(on: entry.manifest, for: caller.principal), entry, fits)
        } catch {
            try refuse("get", error, by: caller.principal, artifact: entry.artifact)
        }
        let permit: Permit
        switch verdict {
        case .allowed(let given): permit = given
        case .denied(let reasons):
            // On record since it was decided.
            let all = reasons.map(\.rawValue).joined(separator: ", ")
            throw VaultError(
                .init(rawValue: reasons.first?.rawValue ?? AccessRefusal.noRule.rawValue),
                "`\(entry.name)` is not opened for `\(caller.bundle)`: \(all)")
        }
        do {
            guard let mark else { throw VaultError(.locked, "the vault is locked") }
            let opening = VaultOpening(self, permit, request, try unsealed(entry, in: mark), of: mark, at: asked)
            openings.withLock { $0.add(opening) }
            // The vault may have been locked since that was decided, before anybody knew of the opening.
            endOpeningsOfOthers()
            return opening
        } catch {
            try refuse("get", error, by: caller.principal, artifact: entry.artifact)
        }
    }

    /// What is in force for `agent` and the version.
    func word(on manifest: ManifestDigest, for agent: String) async throws -> VaultWord {
        if let voted = try await voted(on: manifest, for: agent) { return voted }
        return try journal.read { Self.granted(manifest, to: agent, in: $0, at: now()) }
    }

    /// The word of the committee; nil in a home without one.
    private func voted(on manifest: ManifestDigest, for agent: String) async throws -> VaultWord? {
        try await authority()?.word(on: manifest, for: agent, at: now())
    }

    private static func granted(
        _ manifest: ManifestDigest, to agent: String, in state: borrowing CatalogueState, at time: UTCTime
    ) -> VaultWord {
        VaultWord(writ: state.grants.grant(of: manifest, to: agent, at: time)?.writ, isFrozen: false)
    }

    private func admit(
        _ request: AccessRequest, _ voted: VaultWord?, _ entry: CatalogueEntry, _ fits: (Manifest) throws -> Void
    ) throws -> (AccessVerdict, Session.Mark?) {
        let session = try? requireSession()
        let persons = try request.presence == nil ? [] : people()
        // Read before the catalogue is held; what is wrong with it is said only to whoever may read.
        let wanted = Result { try manifest(of: entry) }
        // The decision may be made again when another process writes first: the question is out of everybody's reach meanwhile.
        let lent = presence.withLock { $0.lend(for: request) }
        var (left, after) = (lent, lent)
        defer { presence.withLock { [left] in $0.takeBack(left) } }
        let verdict = try journal.write { state, time -> (events: [VaultEvent], value: AccessVerdict) in
            // A lock or a revocation that came meanwhile is in the state: what is decided holds at the moment that is on record.
            var (isUnlocked, tier) = (false, TierVerdict.satisfied(entry.tier))
            // Of a locked vault nothing is said about tiers: it is refused as locked.
            if let session, session.locks == state.locks, session.window.isOpen(at: monotonic()) {
                (isUnlocked, tier) = (true, TierRule.verdict(on: entry.tier, custody: session.backend, at: time))
            }
            let word: VaultWord
            if let voted {
                word = voted
            } else {
                word = Self.granted(entry.manifest, to: request.caller.principal, in: state, at: time)
            }
            let standing = AccessStanding(
                isUnlocked: isUnlocked, writ: word.writ, isFrozen: word.isFrozen, tier: tier)
            var desk = AccessDesk(uses: state.uses)
            let policy = try policy(state.policy)
            desk.presence = lent
            let verdict = desk.decide(
                request, under: policy, standing, persons: persons, now: time, monotonic: monotonic())
            if case .allowed = verdict {
                // It may have been deleted since it was looked up.
                let current = try state.entry(entry.artifact, version: entry.version)
                guard current.manifest == entry.manifest else {
                    throw VaultError(.recordMismatch, "version \(entry.version) of `\(entry.name)` is another one now")
                }
                try fits(wanted.get())
            }
            after = desk.presence
            switch verdict {
            case .allowed(let permit): return ([.access(.init(permit, kind: entry.kind, at: time))], verdict)
            case .denied(let reasons):
                let refusal = VaultEvent.Refusal(
                    of: "get", reasons.map(\.rawValue), detail: "denied", principal: request.caller.principal,
                    artifact: entry.artifact)
                return ([.refusal(refusal)], verdict)
            }
        }
        // An answer is spent by what is on record, and by nothing else.
        left = after
        return (verdict, session?.mark)
    }

    /// - Throws: `node.retired`. Whoever is no agent of this home stands and falls with the rules and the writ.
    private func requireActive(_ principal: String) throws {
        do {
            let known = try journal.registry.agent(called: principal)
            guard known.agent.status == .active else {
                throw NodeError(.retired, "the agent `\(known.agent.name)` was retired")
            }
        } catch let error as NodeError where error.reason == .notFound {}
    }

    /// Whether what the permit for `request` rested on besides the writ is still so: the version is there and its wrapping key
    /// may serve, the rules name the caller, and the agent was not retired.
    func stillAllows(_ request: AccessRequest, _ entry: CatalogueEntry) throws -> Bool {
        do { try requireActive(request.caller.principal) } catch let error as NodeError where error.reason == .retired {
            return false
        }
        return try journal.read { state in
            let use = KeyUse.unwrapDataKey(.artifact(entry.artifact, version: entry.version), entry.tier)
            guard let now = try? state.entry(entry.artifact, version: entry.version),
                (try? state.keys.key(now.wrappingKey, for: use, at: journal.time)) != nil
            else { return false }
            let rules = try policy(state.policy).rules(for: entry.kind)
            return now.manifest == entry.manifest && !rules.isEmpty
                && rules.allSatisfy { $0.names(request.caller.bundle) && $0.rights.contains(request.right) }
        }
    }

    /// The policy whose hash is in force; the closed one where none is.
    func policy(_ hash: [UInt8]?) throws -> AccessPolicy {
        guard let hash else { return .closed }
        guard let bytes = try files.read(.policy(hash)) else {
            throw VaultError(.policyMalformed, "the access policy `\(Hex.encode(hash.prefix(8)))` is not there")
        }
        let policy = try AccessPolicy(JSONParser.parse(bytes, limits: .init(bytes: 1 << 20, depth: 16)))
        guard policy.hash == hash else { throw VaultError(.policyMalformed, "the access policy was altered") }
        return policy
    }

    /// The records of a version, held against the catalogue.
    ///
    /// - Throws: `vault.record_mismatch` when a record is not the one that was put.
    func container(_ entry: CatalogueEntry) throws -> Container {
        func bytes(_ file: VaultFile, _ name: String) throws -> [UInt8] {
            guard let bytes = try files.read(file) else {
                throw VaultError(.recordMismatch, "the \(name) of `\(entry.name)` is missing")
            }
            return bytes
        }
        let (artifact, version) = (entry.artifact, entry.version)
        let manifest = try manifest(of: entry)
        let (sealed, ring) = try (
            bytes(.sealing(artifact, version: version), "sealing"),
            bytes(.keyring(artifact, version: version, counter: entry.keyring), "keyring")
        )
        // Each was signed with the keys of its time: a keyring may be younger than the manifest.
        let container = try Container(
            manifest: manifest, sealing: verifying { try Sealing.verify(sealed, of: manifest, by: $0) },
            keyring: verifying { try SignedKeyring.verify(ring, by: $0) })
        guard container.manifest.digest == entry.manifest, container.sealing.record.id == entry.sealing,
            container.keyring.keyring.counter == entry.keyring
        else { throw VaultError(.recordMismatch, "the records of `\(entry.name)` are not those of the catalogue") }
        return container
    }

    private func unsealed(_ called: CatalogueEntry, in mark: Session.Mark) throws -> UnsealedVersion {
        // A re-wrap may come between the catalogue and the files: then both are read again.
        var entry = try current(called)
        for _ in 0..<3 {
            do { return try opened(entry, in: mark) } catch {
                let now = try current(called)
                guard now != entry else { throw error }
                entry = now
            }
        }
        return try opened(entry, in: mark)
    }

    /// What the catalogue says now of a version that it had.
    private func current(_ entry: CatalogueEntry) throws -> CatalogueEntry {
        let current = try journal.read { try $0.entry(entry.artifact, version: entry.version) }
        guard current.manifest == entry.manifest else {
            throw VaultError(.recordMismatch, "version \(entry.version) of `\(entry.name)` is another one now")
        }
        return current
    }

    private func opened(_ entry: CatalogueEntry, in mark: Session.Mark) throws -> UnsealedVersion {
        let session = try requireSession()
        guard session.mark === mark else { throw VaultError(.locked, "the vault was locked meanwhile") }
        let container = try container(entry)
        let record = try journal.read { state in
            try state.keys.key(
                entry.wrappingKey,
                for: .unwrapDataKey(.artifact(entry.artifact, version: entry.version), entry.tier), at: now())
        }
        let dataKey = try container.keyring.keyring.dataKey(with: wrappingKey(record.statement, session))
        return try UnsealedVersion(entry, container, dataKey)
    }

    /// The private half of a wrapping key.
    func wrappingKey(_ statement: KeyStatement, _ session: Session) throws -> DecapsulationKey {
        let wrapped = try wrappedSeed(of: statement)
        _ = try journal.read { state in try state.keys.key(wrapped.parent, for: .unwrapSeed, at: now()) }
        return try wrappingKey(statement, from: wrapped, session)
    }

    func wrappedSeed(of statement: KeyStatement) throws -> WrappedSeed {
        guard let bytes = try files.read(.seed(statement.id)) else {
            throw VaultError(.keyState, "the seed of `\(statement.id)` is not there")
        }
        return try WrappedSeed(bytes)
    }

    func wrappingKey(
        _ statement: KeyStatement, from wrapped: WrappedSeed, _ session: Session
    ) throws -> DecapsulationKey {
        let seed = try wrapped.unwrap(statement, with: session.root(wrapped.parent))
        let algorithm: EncapsulationAlgorithm = statement.algorithm == .mlKEM1024 ? .mlKEM1024 : .xWing
        return try DecapsulationKey(algorithm, seed: seed)
    }
}

/// A version with what opens its bodies. The keys are erased with it.
struct UnsealedVersion: Sendable {
    let entry: CatalogueEntry
    let container: Container
    private let ciphers: [FilePath: BodyCipher]
    private let hashers: [FilePath: ContentHasher]

    init(_ entry: CatalogueEntry, _ container: Container, _ dataKey: borrowing SecretBytes) throws {
        self.entry = entry
        self.container = container
        var (ciphers, hashers): ([FilePath: BodyCipher], [FilePath: ContentHasher]) = ([:], [:])
        for file in container.sealing.files {
            ciphers[file.path] = try container.cipher(for: file.path, header: file.header, dataKey: dataKey)
            hashers[file.path] = try ContentHasher(
                entry.kind, context: container.bodyContext(file.path), dataKey: dataKey)
        }
        self.ciphers = ciphers
        self.hashers = hashers
    }

    var files: [ManifestFile] { container.manifest.terms.files }

    /// A file with its place and what opens it.
    func part(_ path: FilePath) throws -> (file: ManifestFile, index: Int, cipher: BodyCipher, hasher: ContentHasher) {
        guard let index = files.firstIndex(where: { $0.path == path }), let cipher = ciphers[path], let hasher = hashers[path]
        else { throw VaultError(.noFile, "the artifact has no file `\(path)`") }
        return (files[index], index, cipher, hasher)
    }
}

extension Vault {
    /// What the vault signed about a version. Shows no content.
    public func manifest(of entry: CatalogueEntry) throws -> Manifest {
        guard let bytes = try files.read(.manifest(entry.artifact, version: entry.version)) else {
            throw VaultError(.recordMismatch, "the manifest of `\(entry.name)` is missing")
        }
        let manifest = try verifying { try Manifest.verify(bytes, by: $0) }
        guard manifest.digest == entry.manifest else {
            throw VaultError(.recordMismatch, "the manifest of `\(entry.name)` is not the one of the catalogue")
        }
        return manifest
    }
}
