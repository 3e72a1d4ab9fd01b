internal import ChancerySuite
public import ChanceryVault
internal import ChanceryWire
internal import Synchronization

/// A version that may be read, as long as its permit holds: lease, grant, rules, agent, key, freeze and lock are looked at again
/// every 64 MiB and every 250 ms (rule V5). Nothing is given out that is not the content which the manifest states (rule V3).
public final class VaultOpening: Sendable {
    public let permit: Permit
    public let entry: CatalogueEntry
    public let manifest: Manifest
    /// In which session of the vault it was opened.
    let session: Vault.Session.Mark
    private let vault: Vault
    private let request: AccessRequest
    /// What opens the bodies; nil when the permit has ended.
    private let version: Mutex<UnsealedVersion?>
    private let watch: Mutex<PermitWatch>

    init(
        _ vault: Vault, _ permit: Permit, _ request: AccessRequest, _ version: UnsealedVersion, of session: Vault.Session.Mark,
        at asked: Int64
    ) {
        self.vault = vault
        self.permit = permit
        self.request = request
        self.session = session
        entry = version.entry
        manifest = version.container.manifest
        self.version = Mutex(version)
        watch = Mutex(PermitWatch(permit, at: asked))
    }

    /// Gives out a whole file in order, a mebibyte at a time. The next ones are opened meanwhile, as far as they were admitted.
    ///
    /// - Parameters:
    ///   - workers: cores that may open and hash.
    ///   - body: takes the bytes, which are erased when all were read.
    /// - Throws: `vault.lease_ended`, `vault.grant_changed`, `vault.frozen`, `vault.locked` when the permit ends on the way;
    ///   `vault.body_altered`, `vault.content_mismatch` and others for what was not sealed so.
    public func read(
        _ path: FilePath, workers: Int = Vault.cores, _ body: (Span<UInt8>) throws -> Void
    ) async throws {
        let version = try unsealed()
        let part = try recording { try version.part(path) }
        let source = try await source(of: part.index)
        try recording { try source.checkHeader(part.cipher.header) }
        let geometry = try BodyGeometry(length: part.file.length)
        let roots = try recording { try source.runRoots(of: part.file, geometry) }
        let crew = BodyCrew(workers: workers) { [cipher = part.cipher, hasher = part.hasher] run in
            try run.open(cipher, hasher)
        }
        let runs = (geometry.chunkCount - 1) / RunRoots.chunks + 1
        let ahead = min(runs, UInt64(BodyCrew.runs(workers: workers)))
        var free = (0..<ahead).map { _ in BodyRun() }
        defer {
            crew.close()
            for index in free.indices { free[index].erase() }
        }
        var (begun, given) = (UInt64(0), UInt64(0))
        while given < runs {
            while begun < runs, var run = free.popLast() {
                do {
                    try run.set(begun, of: geometry)
                    try await admit(run.plainCount)
                    try recording { try source.read(&run, geometry) }
                } catch {
                    // It may hold what was given out before.
                    run.erase()
                    throw error
                }
                crew.submit(run)
                begun += 1
            }
            var run = try recording { try crew.take(given) }
            do {
                try recording { try roots.check(run.leaves, run: given, of: part.file) }
                // Opened ahead of its time, it may be that the permit has ended since.
                try await admit(0)
                try body(run.plain.span.extracting(0..<run.plainCount))
            } catch {
                run.erase()
                throw error
            }
            free.append(run)
            given += 1
        }
    }

    /// Gives out the bytes `range` of a file in order, a mebibyte at a time, however long it is.
    ///
    /// - Parameter body: takes the bytes, which are erased when it returns.
    /// - Throws: as ``read(_:workers:_:)``, and `vault.body_length` for a range beyond the file.
    public func read(
        _ range: Range<UInt64>, of path: FilePath, _ body: (Span<UInt8>) throws -> Void
    ) async throws {
        let most = RunRoots.chunks * UInt64(BodyGeometry.chunkBytes)
        var start = range.lowerBound
        while start < range.upperBound {
            // Up to a border of chunks: none is opened twice.
            let (border, overflow) = (start / most * most).addingReportingOverflow(most)
            let end = overflow ? range.upperBound : min(border, range.upperBound)
            var piece = try await bytes(start..<end, of: path)
            defer { SecretBytes.erase(&piece) }
            try body(piece.span)
            start = end
        }
    }

    /// The bytes `range` of a file: only their chunks are read, each checked by its path in the content tree.
    public func bytes(_ range: Range<UInt64>, of path: FilePath) async throws -> [UInt8] {
        let version = try unsealed()
        let part = try recording { try version.part(path) }
        let (geometry, chunks) = try recording {
            let geometry = try BodyGeometry(length: part.file.length)
            guard range.count <= 64 << 20 else { throw VaultError(.bodyLength, "at most 64 MiB are read at once") }
            return (geometry, try geometry.chunks(covering: range))
        }
        try await admit(range.count)
        let source = try await source(of: part.index)
        return try recording {
            try source.checkHeader(part.cipher.header)
            let place = try geometry.sealedRange(of: chunks)
            var sealed = [UInt8](repeating: 0, count: place.count)
            var target = sealed.mutableSpan
            try source.body.read(into: &target, at: place.lowerBound)
            let content = try geometry.contentRange(of: chunks)
            var plain = [UInt8](repeating: 0, count: content.count)
            defer { SecretBytes.erase(&plain) }
            var opened = plain.mutableSpan
            let leaves = try part.cipher.open(
                sealed.span, chunks: chunks, of: geometry, hashing: part.hasher, into: &opened)
            for (index, leaf) in zip(chunks, leaves) {
                try part.file.check(leaf, at: source.proof(of: index, geometry))
            }
            let first = Int(range.lowerBound - content.lowerBound)
            return Array(plain[first..<first + range.count])
        }
    }

    /// Whether the permit ended, for ever.
    public var hasEnded: Bool { watch.withLock { $0.ending != nil } }

    /// Looks at the permit now, for whoever keeps what was read, such as a model in memory, and is about to use it again.
    ///
    /// - Throws: as ``read(_:_:)`` when the permit has ended.
    public func confirm() async throws {
        if let ending = watch.withLock({ $0.ending }) { try stop(ending) }
        try await look()
    }

    /// As ``confirm()``, but only after so many bytes and milliseconds as reading the artifact itself: for what is said with
    /// its help, while it is said.
    public func confirm(giving count: Int) async throws { try await admit(count) }

    /// Lets `count` more bytes out, or stops for ever.
    private func admit(_ count: Int) async throws {
        let count = Int64(count)
        var time = vault.monotonic()
        while true {
            switch watch.withLock({ $0.read(count, at: time) }) {
            case .proceed: return
            case .stop(let ending): try stop(ending)
            // What it was looked at for goes out, however long the look took; what comes next may need another one.
            case .check: time = try await look()
            }
        }
    }

    /// Looks at the permit although nobody reads, and forgets what opens the version when it has ended. Whoever reads next is
    /// told, on record.
    func lookAgain() async { _ = try? await step(at: vault.monotonic(), isReading: false) }

    /// Ends the permit for ever, and forgets what opens the version.
    func end(_ reason: PermitWatch.Ending) {
        watch.withLock { $0.end(reason) }
        version.withLock { $0 = nil }
    }

    private func unsealed() throws -> UnsealedVersion {
        guard let version = self.version.withLock({ $0 }) else { try stop(watch.withLock { $0.ending } ?? .locked) }
        return version
    }

    /// Looks at the permit.
    ///
    /// - Returns: when it began to: what was found is as old as that.
    @discardableResult
    private func look() async throws -> Int64 {
        let asked = vault.monotonic()
        if case .stop(let ending) = try await step(at: asked) { try stop(ending) }
        return asked
    }

    private func step(at asked: Int64, isReading: Bool = true) async throws -> PermitWatch.Step {
        let word: VaultWord
        let isUnlocked: Bool
        let stands: Bool
        do {
            word = try await vault.word(on: permit.manifest, for: permit.principal)
            // Another session of the vault is none of this permit's.
            isUnlocked = (try? vault.requireSession())?.mark === session
            stands = try vault.stillAllows(request, entry)
        } catch let error as NodeError where error.reason == .storeBusy && !isReading {
            // Nothing goes out: whoever reads next looks again.
            throw error
        } catch {
            // Nobody knows whether the permit holds: it ends, and is told as what it was.
            end(.changed)
            try vault.refuse("read", error, by: permit.principal, artifact: entry.artifact)
        }
        let standing = AccessStanding(
            isUnlocked: isUnlocked, writ: stands ? word.writ : nil, isFrozen: word.isFrozen, tier: .satisfied(entry.tier))
        let step = watch.withLock { $0.check(standing, at: asked, now: vault.now()) }
        if case .stop(let ending) = step { end(ending) }
        return step
    }

    private func stop(_ ending: PermitWatch.Ending) throws -> Never {
        try vault.refuse(
            "read", VaultError(.init(rawValue: ending.rawValue), "the permit for `\(entry.name)` has ended"),
            by: permit.principal, artifact: entry.artifact)
    }

    /// What lies on the disk. Whoever deletes a version ends its permits before its files go, and that is the reason then.
    private func source(of index: Int) async throws -> Source {
        do {
            return try Source(vault.files, entry, index)
        } catch let error as VaultError where error.reason == .bodyMissing {
            _ = try await look()
            return try recording { throw error }
        } catch {
            return try recording { throw error }
        }
    }

    /// What does not open is on record (rule V5).
    private func recording<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as any CodedError {
            try vault.refuse("read", error, by: permit.principal, artifact: entry.artifact)
        }
    }
}

/// The two files of one body.
private final class Source {
    let body: any VaultReading
    private let tree: any VaultReading

    init(_ files: any VaultFiles, _ entry: CatalogueEntry, _ index: Int) throws {
        body = try files.open(.body, of: entry.artifact, version: entry.version, index: index)
        tree = try files.open(.tree, of: entry.artifact, version: entry.version, index: index)
    }

    func checkHeader(_ header: BodyHeader) throws {
        guard try read(body, at: 0, count: BodyHeader.byteCount) == header.bytes else {
            throw VaultError(.bodyAltered, "the body starts with another header than the sealing says")
        }
    }

    func runRoots(of file: ManifestFile, _ geometry: BodyGeometry) throws -> RunRoots {
        let stored = StoredTree(geometry)
        guard geometry.chunkCount > RunRoots.chunks else { return try RunRoots([], of: file) }
        let level = RunRoots.level
        let bytes = try read(tree, at: stored.offset(ofLevel: level), count: Int(stored.levels[level]) * 32)
        return try RunRoots(hashes(bytes), of: file)
    }

    /// Reads the sealed chunks of a run.
    func read(_ run: inout BodyRun, _ geometry: BodyGeometry) throws {
        let first = run.number * RunRoots.chunks
        let range = try geometry.sealedRange(of: first..<min(first + RunRoots.chunks, geometry.chunkCount))
        var span = run.sealed.mutableSpan
        var target = span._mutatingExtracting(0..<range.count)
        try body.read(into: &target, at: range.lowerBound)
    }

    func proof(of index: UInt64, _ geometry: BodyGeometry) throws -> TreeProof {
        let path = try StoredTree(geometry).pathOffsets(of: index).map { try read(tree, at: $0, count: 32) }
        return try TreeProof(index: index, size: geometry.chunkCount, path: path.flatMap(hashes))
    }

    private func hashes(_ bytes: [UInt8]) -> [Digest256] {
        stride(from: 0, to: bytes.count, by: 32).compactMap { Digest256(Array(bytes[$0..<$0 + 32])) }
    }

    private func read(_ file: any VaultReading, at offset: UInt64, count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        try file.read(into: &span, at: offset)
        return bytes
    }
}
