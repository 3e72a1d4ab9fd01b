internal import ChanceryAPI
internal import ChanceryLedger
public import ChanceryNode
public import ChanceryVault
public import ChanceryWire
internal import NIOCore

/// What the routes of the vault work with.
public final class VaultService: Sendable {
    /// Bodies that are put at the same time: each holds a thread until its sender is done.
    static let mostPuts = 4
    /// Contents that are read at the same time: each holds a mebibyte or two.
    static let mostReads = 64
    /// Those of one reader among them: nobody keeps others from reading.
    static let mostReadsOfOne = 16

    let host: VaultHost
    let now: @Sendable () -> UTCTime
    private let registry: IdentityRegistry
    private let owner: UInt32?
    private let threads = BlockingThreads("chancery.vault")
    private let puts = BodyRoom(mostPuts)
    private let reads = BodyRoom(mostReads)
    private let readers = ReaderPlaces(mostReadsOfOne)

    /// - Parameter owner: the user of this machine who has the home. Only this user unlocks, and may act for any agent of the
    ///   home, over a Unix socket.
    public init(
        _ host: VaultHost, registry: IdentityRegistry, owner: UInt32?, now: @escaping @Sendable () -> UTCTime
    ) {
        self.host = host
        self.registry = registry
        self.owner = owner
        self.now = now
    }

    /// Runs `body` where it may wait.
    func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await threads.run(body)
    }

    /// What `body` finds in the vault; what it refuses is on record.
    ///
    /// - Parameter agent: for whom the caller asks, as it says.
    func find<Value>(
        _ what: String, _ caller: Caller, for agent: String? = nil, _ body: (Vault) throws -> Value
    ) throws -> Value {
        do {
            return try body(host.vault())
        } catch let error as any CodedError {
            // Names that somebody made up are not counted apart: there is no end of them.
            try host.refuse(what, error, by: caller.principal.keyID, for: agent.flatMap { try? did(of: $0) })
        }
    }

    /// ``find(_:_:for:_:)`` for a route that does nothing else.
    func finding<Value: Sendable>(
        _ what: String, _ request: APIRequest, for agent: String? = nil, _ body: @escaping @Sendable (Vault) throws -> Value
    ) async throws -> Value {
        let caller = try request.requireCaller()
        return try await blocking { [self] in try find(what, caller, for: agent, body) }
    }

    /// Whether the owner of the home asks, over a Unix socket and by nothing but the kernel's word.
    func isOwner(_ request: APIRequest, _ caller: Caller) -> Bool {
        guard let owner, request.user == owner, caller.key == nil, caller.session == nil else { return false }
        return caller.principal.roles.contains(.vaultAdmin)
    }

    /// For whom content is read: an agent for itself, and the owner of the home for the agent that `claimed` names.
    ///
    /// - Throws: `vault.not_an_agent`, `node.retired`.
    func reader(_ request: APIRequest, _ caller: Caller, claimed: String?) throws -> AuthenticatedCaller {
        let (name, isOwner): (String, Bool)
        if self.isOwner(request, caller) {
            (name, isOwner) = (try RequestParameters.require(claimed, "agent"), true)
        } else {
            guard caller.isAgent, claimed.map({ $0.utf8.elementsEqual(caller.principal.name.utf8) }) ?? true else {
                throw VaultError(.notAnAgent, "`\(caller.principal.name)` reads for nobody else")
            }
            (name, isOwner) = (caller.principal.name, false)
        }
        let (record, document) = try agent(called: name, isOwner: isOwner)
        try Self.requireActive(record)
        return try AuthenticatedCaller(principal: document.did.text, bundle: record.name)
    }

    private func agent(
        called name: String, isOwner: Bool
    ) throws -> (agent: AgentRecord, identity: IdentityDocument) {
        do {
            return try registry.agent(called: name)
        } catch let error as NodeError where error.reason == .notFound && !isOwner {
            throw VaultError(.notAnAgent, "`\(name)` is no agent of this home")
        }
    }

    /// The DID of an agent of this home, retired or not.
    func did(of agent: String) throws -> String { try registry.agent(called: agent).identity.did.text }

    /// - Throws: `node.retired`.
    func activeDID(of agent: String) throws -> String {
        let (record, document) = try registry.agent(called: agent)
        try Self.requireActive(record)
        return document.did.text
    }

    private static func requireActive(_ record: AgentRecord) throws {
        guard record.status == .active else { throw NodeError(.retired, "the agent `\(record.name)` was retired") }
    }

    // MARK: streams

    /// Seals a body as it comes. It is whole and as its sender stated before anything is committed.
    func put(
        _ new: Vault.NewArtifact, at path: FilePath, _ stream: BodyStream, by caller: Caller
    ) async throws -> CatalogueEntry {
        let place = BodyRoom.Share(of: puts)
        defer { withExtendedLifetime(place) {} }
        guard place.take(1) else { throw APIError(.noRoom, "\(Self.mostPuts) artifacts are being put; try again later") }
        let pipe = BodyPipe()
        async let fed: Void = Self.feed(stream, pipe)
        let entry = try await blocking { [self] in
            defer { pipe.close() }
            let vault = try find("put", caller) { $0 }
            return try vault.put(new, files: [(path, pipe)], by: caller.principal.keyID)
        }
        await fed
        return entry
    }

    private static func feed(_ stream: BodyStream, _ pipe: BodyPipe) async {
        do {
            try await stream.forEach { try await pipe.write($0) }
            pipe.finish(.success(()))
        } catch {
            pipe.finish(.failure(error))
        }
    }

    /// Opens content for reading; the permit is looked at again while it is read (rule V5).
    func read(
        _ entry: CatalogueEntry, _ wanted: ContentQuery, by reader: AuthenticatedCaller
    ) async throws -> ContentStream {
        let place = BodyRoom.Share(of: reads)
        guard let own = readers.take(reader.principal), place.take(1) else {
            throw APIError(
                .noRoom, "\(Self.mostReads) contents are being read, or \(Self.mostReadsOfOne) by this reader; try again later")
        }
        let threads = threads
        return try await withTaskExecutorPreference(threads) { [host] in
            var found: (files: WantedFiles, range: ContentRange, tag: String)?
            let opening = try await host.vault().open(entry, by: reader, right: wanted.right, presence: wanted.presence) {
                manifest in
                let files = try WantedFiles(wanted.part, of: manifest)
                let tag = "\"\(entry.manifest.text)-\(files.name)\""
                // A range of another content than the client has begun with is none of what it wants.
                let range = wanted.ifRange.map { $0.utf8.elementsEqual(tag.utf8) } ?? true ? wanted.range : nil
                guard !wanted.isExact || !ContentRange.reaches(beyond: files.length, range) else {
                    throw VaultError(.bodyLength, "the content has \(files.length) bytes")
                }
                found = (files, try ContentRange(range, of: files.length), tag)
            }
            guard let (files, bytes, tag) = found else { throw VaultError(.recordMismatch, "the version was not looked at") }
            let content = OpenedContent(files, of: opening)
            return try await ContentStream(bytes, tag: tag) { piece in
                defer { withExtendedLifetime((place, own)) {} }
                return try await withTaskExecutorPreference(threads) { try await content.bytes(piece) }
            }
        }
    }
}

extension VaultError.Reason {
    /// The caller is no agent of the home, or asks for another one.
    public static let notAnAgent = Self(rawValue: "vault.not_an_agent")
    /// Only the owner of the home may do this, over a Unix socket.
    public static let ownerOnly = Self(rawValue: "vault.owner_only")
}
