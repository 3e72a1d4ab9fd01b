public import ChanceryInference
public import ChanceryVault
public import ChanceryWire
internal import Synchronization

/// Answers sealed requests with a model that the vault holds, as long as the vault lets its agent use it: the permit is looked
/// at before each request and while it is answered.
///
/// Every answer is an event of the vault's chain before its receipt goes out; every refusal of a request is one too, of each
/// caller as many in an hour as a disk can bear, and a count of the others.
public final class InferenceDesk: Sendable {
    public struct Limits: Sendable {
        /// Most bytes of a request's body.
        public var requestBytes: Int64 = 16 << 20
        /// Requests that are answered at once; others are told to come again.
        public var concurrency = 64

        public init() {}
    }

    let vault: Vault
    private let limits: Limits
    private let entry: CatalogueEntry
    private let agent: AuthenticatedCaller
    private let keys: any ServiceKeys
    let backend: any InferenceBackend
    /// Milliseconds of the day, as the vault counts them.
    let now: @Sendable () -> UTCTime
    private let memory = Mutex(RequestMemory())
    private let opening: Mutex<VaultOpening>
    /// The latest refusal of a permit, and when.
    private let refused = Mutex<(error: any CodedError, time: UTCTime)?>(nil)
    private let refusals = RefusalBook()
    private let places: Places

    /// Opens `entry` for `agent`.
    ///
    /// - Throws: what ``Vault/open(_:by:right:presence:)`` throws when the vault does not let the agent use the model.
    public init(
        _ vault: Vault, serving entry: CatalogueEntry, as agent: AuthenticatedCaller, keys: any ServiceKeys,
        backend: any InferenceBackend, limits: Limits = Limits(), now: @escaping @Sendable () -> UTCTime
    ) async throws {
        self.vault = vault
        self.entry = entry
        self.agent = agent
        self.keys = keys
        self.backend = backend
        self.limits = limits
        places = Places(limits.concurrency)
        self.now = now
        opening = Mutex(try await vault.open(entry, by: agent))
    }

    /// What clients seal to now.
    public func statement() async throws -> ServiceKeyStatement { try await keys.current(at: now()) }

    /// Opens a sealed request that came whole from `caller`. Nothing was asked of the model yet.
    ///
    /// - Parameter caller: the id of the key under which the HTTP request was authenticated.
    /// - Throws: errors of ``ChanceryInference/RequestOpener``, `inference.other_caller`, `inference.replayed`,
    ///   `inference.key_unknown`, and those of the permit; on record. `inference.busy` when too many are answered now.
    public func open(_ request: [UInt8], from caller: String) async throws -> OpenedInference {
        let place = try places.take()
        do {
            let head = try RequestHead(startOf: request)
            guard head.caller.utf8.elementsEqual(caller.utf8) else {
                throw InferenceError(.otherCaller, "the request was sealed for another caller")
            }
            let key = try await keys.key(stated: head.statement, at: now())
            let permit = try await permit()
            return try open(request, head, key, permit, place)
        } catch let error as any CodedError {
            try note(error, of: caller)
            throw error
        }
    }

    private func open(
        _ request: [UInt8], _ head: RequestHead, _ key: ServiceKey, _ permit: VaultOpening, _ place: Places.Place
    ) throws -> OpenedInference {
        let start = RequestOpener.startBytes(head)
        guard request.count > start else { throw InferenceError(.truncated, "the request ends in its start") }
        var opener = try RequestOpener(Array(request[..<start]), with: key, limit: limits.requestBytes)
        let body = try opener.receive(Array(request[start...]))
        let sealer = try opener.finish()
        let time = now()
        // Only what opened is remembered: bytes that nobody sealed cannot fill the memory.
        try memory.withLock { memory throws(InferenceError) in
            try memory.admit(head, until: key.statement.terms.until, at: time)
        }
        let call = InferenceCall(operation: sealer.operation, mediaType: head.mediaType, body: body)
        return OpenedInference(call, sealer, under: permit, in: place, at: time)
    }

    /// The permit as it stands now. One that ended is asked for anew: a freeze may be over, a grant renewed.
    private func permit() async throws -> VaultOpening {
        let held = opening.withLock { $0 }
        if held.hasEnded {
            let time = now()
            // The vault writes down each refusal: it is not asked again for every request.
            if let refused = refused.withLock({ $0 }), refused.time <= time, time < refused.time.advanced(bySeconds: 5) {
                throw refused.error
            }
            do {
                let new = try await vault.open(entry, by: agent)
                opening.withLock { $0 = new }
                return new
            } catch let error as any CodedError {
                refused.withLock { $0 = (error, time) }
                throw error
            }
        }
        try await held.confirm()
        return held
    }

    private func note(_ error: any CodedError, of caller: String) throws {
        // Why the permit ended the vault has on record; who asked is written here.
        let refusal = Vault.refusal("infer", error, by: caller, artifact: entry.artifact)
        try refusals.note(refusal, at: now(), write)
    }

    /// Puts on record how many refusals had no record of their own, of callers whose hour is over. To be called now and then: what
    /// cannot be written is written later.
    public func keepWatch() throws { try refusals.settle(at: now(), write) }

    /// Puts on record how many refusals had no record of their own, at the end of the service.
    public func close() throws { try refusals.settle(write) }

    private func write(_ notes: [RefusalTally.Note]) throws { try vault.putOnRecord(notes.map(\.refusal)) }
}
