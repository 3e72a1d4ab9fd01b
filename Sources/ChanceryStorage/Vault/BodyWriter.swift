internal import ChanceryNode

/// One file of a draft. After an error it is closed, and its draft cannot be committed.
final class BodyWriter: VaultWriting {
    private var file: OpenFile?
    private var offset: UInt64 = 0
    /// How far the disk was told to begin.
    private var begun: UInt64 = 0
    private static let step: UInt64 = 8 << 20
    private let finished: () -> Void

    init(_ file: consuming OpenFile, finished: @escaping () -> Void) {
        self.file = consume file
        self.finished = finished
    }

    /// - Throws: `store.full` when there is no room; `store.conflict` when it is closed.
    func append(_ bytes: Span<UInt8>) throws {
        let end = offset + UInt64(bytes.count)
        try closingOnError { file in
            try file.write(bytes, at: offset)
            guard end - begun >= Self.step else { return }
            file.startWriting(begun..<end)
            begun = end
        }
        offset = end
    }

    func finish() throws {
        try closingOnError { file in try file.sync() }
        file = nil
        finished()
    }

    private func closingOnError(_ body: (borrowing OpenFile) throws -> Void) throws {
        guard let open = file.take() else { throw NodeError(.storeConflict, "the file of the draft is closed") }
        try body(open)
        file = consume open
    }
}
