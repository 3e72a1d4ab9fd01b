internal import ChanceryNode
internal import Foundation

/// One file of a resumable draft, written from its start again. What lies there already is compared and not written again, so
/// that nothing has to be believed about how far an earlier attempt got.
final class RepeatedWriter: VaultWriting {
    private var file: OpenFile?
    private var offset: UInt64 = 0
    private let known: UInt64
    private var buffer: [UInt8] = []
    private let finished: () -> Void

    init(_ file: consuming OpenFile, finished: @escaping () -> Void) throws {
        known = try file.byteCount()
        self.file = consume file
        self.finished = finished
    }

    /// - Throws: `store.full` when there is no room; `store.conflict` when it is closed.
    func append(_ bytes: Span<UInt8>) throws {
        try closingOnError { file in
            if try !isThere(bytes, in: file) { try file.write(bytes, at: offset) }
        }
        offset += UInt64(bytes.count)
    }

    /// Cuts off what an earlier attempt wrote beyond, syncs and closes the file.
    func finish() throws {
        try closingOnError { file in
            if known > offset { try file.cut(to: offset) }
            try file.sync()
        }
        file = nil
        finished()
    }

    private func isThere(_ bytes: Span<UInt8>, in file: borrowing OpenFile) throws -> Bool {
        guard offset < known, UInt64(bytes.count) <= known - offset else { return false }
        if buffer.count < bytes.count { buffer = [UInt8](repeating: 0, count: bytes.count) }
        guard try Self.read(&buffer, bytes.count, from: file, at: offset) == bytes.count else { return false }
        return unsafe bytes.withUnsafeBytes { new in
            unsafe buffer.withUnsafeBytes { old in
                unsafe new.isEmpty || memcmp(new.baseAddress!, old.baseAddress!, new.count) == 0
            }
        }
    }

    private static func read(
        _ buffer: inout [UInt8], _ count: Int, from file: borrowing OpenFile, at offset: UInt64
    ) throws -> Int {
        var span = buffer.mutableSpan
        var target = span._mutatingExtracting(0..<count)
        return try file.read(into: &target, at: offset)
    }

    private func closingOnError(_ body: (borrowing OpenFile) throws -> Void) throws {
        guard let open = file.take() else { throw NodeError(.storeConflict, "the file of the draft is closed") }
        try body(open)
        file = consume open
    }
}
