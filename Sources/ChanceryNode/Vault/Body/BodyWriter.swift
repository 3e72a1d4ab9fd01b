internal import ChancerySuite
internal import ChanceryVault

/// Seals one content into the two files of a body, a quarter of a mebibyte at a time; with a ledger, which is synced each time,
/// a whole one.
///
/// The caller's thread reads and writes, `workers` cores hash and seal meanwhile. What is written does not depend on their
/// number. With a ledger no ciphertext is written before it is on record which content it seals (rule V2).
struct BodyWriter {
    private let cipher: BodyCipher
    private let hasher: ContentHasher
    private let body: any VaultWriting
    private let workers: Int
    private var tree: TreeWriter
    private var ledger: BodyLedger?
    private var length: UInt64 = 0

    init(
        _ cipher: BodyCipher, _ hasher: ContentHasher, _ draft: any VaultDraft, index: Int, ledger: BodyLedger?, workers: Int
    ) throws {
        self.cipher = cipher
        self.hasher = hasher
        self.workers = workers
        self.ledger = ledger
        body = try draft.create(.body, index: index)
        tree = TreeWriter(try draft.create(.tree, index: index))
    }

    /// Chunks of a run: so few that they stay in the cache of a core while they are read, hashed, sealed and written.
    private var chunks: UInt64 { ledger == nil ? 16 : 64 }

    /// What the manifest and the sealing say about the content.
    struct Summary {
        let length: UInt64
        let tree: Digest256
        let bodyLength: UInt64
    }

    /// - Returns: nil when other content was sealed with this salt before: nothing more may be sealed with it.
    mutating func write(_ source: any VaultContent, _ progress: (Int) -> Void) throws -> Summary? {
        try body.append(cipher.header.bytes.span)
        let crew = BodyCrew(workers: workers) { [cipher, hasher] run in
            try run.seal(cipher, hasher)
        }
        // Short content needs one of them.
        var unmade = BodyCrew.runs(workers: workers)
        var free: [BodyRun] = []
        defer {
            crew.close()
            for index in free.indices { free[index].erase() }
        }
        var (read, written) = (UInt64(0), UInt64(0))
        var isEnded = false
        while true {
            var done: [BodyRun] = []
            while let run = try crew.takeIfDone(written + UInt64(done.count)) { done.append(run) }
            if done.isEmpty, isEnded || (free.isEmpty && unmade == 0) {
                guard written < read else { break }
                done.append(try crew.take(written))
            }
            if !done.isEmpty {
                guard try append(done, progress) else { return nil }
                written += UInt64(done.count)
                free += done
            } else {
                if free.isEmpty {
                    free.append(BodyRun(chunks: chunks))
                    unmade -= 1
                }
                var run = free.removeLast()
                let count = try Self.fill(&run.plain, from: source)
                isEnded = count < run.plain.count
                length += UInt64(count)
                // The chunks up to here are the same, however long the content is in the end.
                try run.set(read, of: BodyGeometry(length: length))
                crew.submit(run)
                read += 1
            }
        }
        try body.finish()
        let root = try tree.finish()
        return Summary(
            length: length, tree: ContentTree.statement(root: root, length: length),
            bodyLength: try BodyGeometry(length: length).bodyLength)
    }

    /// Writes runs that follow each other.
    ///
    /// - Returns: whether their content may be sealed so.
    private mutating func append(_ runs: [BodyRun], _ progress: (Int) -> Void) throws -> Bool {
        guard try ledger?.admit(runs.flatMap(\.leaves)) ?? true else { return false }
        for run in runs {
            try body.append(run.sealedBytes.span)
            try tree.append(run.leaves)
            progress(run.plainCount)
        }
        return true
    }

    private static func fill(_ buffer: inout [UInt8], from source: any VaultContent) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            var span = buffer.mutableSpan
            var rest = span._mutatingExtracting(filled..<span.count)
            let count = try source.read(into: &rest)
            guard count > 0 else { break }
            filled += count
        }
        return filled
    }
}
