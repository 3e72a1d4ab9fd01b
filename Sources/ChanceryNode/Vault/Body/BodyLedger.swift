internal import ChancerySuite
internal import ChanceryVault

/// The ledger of one body of a resumable put, with the file it lies in.
struct BodyLedger {
    private var ledger: ResumeLedger
    private let file: any VaultLedgerFile

    var salt: [UInt8] { ledger.header.salt }

    /// Goes on with what an earlier attempt recorded. Nil when that is not possible, whatever the reason: then a new salt is
    /// taken.
    ///
    /// - Parameter written: how long the body is. No more of it than what is on record was ever written, so a longer one
    ///   shows that records were taken away.
    init?(resuming file: any VaultLedgerFile, _ context: BodyContext, written: UInt64) throws {
        guard file.byteCount > 0 else { return nil }
        do {
            let header = try ResumeHeader(decoding: Self.read(file, at: 0, ResumeHeader.byteCount), context: context)
            var ledger = ResumeLedger(header)
            var offset = UInt64(ResumeHeader.byteCount)
            let step = UInt64(ResumeLedger.entryBytes) << 12
            while offset < file.byteCount {
                let count = min(step, file.byteCount - offset)
                try ledger.load(Self.read(file, at: offset, Int(count)))
                offset += count
            }
            let most = UInt64(BodyHeader.byteCount) + ledger.recorded * UInt64(BodyGeometry.sealedChunkBytes)
            guard written <= most else { return nil }
            self.ledger = ledger
            self.file = file
        } catch is VaultError {
            return nil
        }
    }

    /// Starts a record for a salt that no body had before.
    init(starting file: any VaultLedgerFile, salt: [UInt8], _ context: BodyContext) throws {
        let header = try ResumeHeader(salt: salt, context: context)
        try file.append(header.bytes.span, at: 0)
        ledger = ResumeLedger(header)
        self.file = file
    }

    /// Records the content of the next chunks, durably.
    ///
    /// - Returns: whether they may be sealed with this salt; if not, none may, ever again.
    mutating func admit(_ leaves: [Digest256]) throws -> Bool {
        let range = ledger.recordedRange(count: leaves.count)
        let end = ledger.fileLength
        switch ledger.admit(leaves, recorded: try Self.read(file, at: range.lowerBound, range.count)) {
        case .again: return true
        case .restart: return false
        case .record(let entries):
            try file.append(entries.span, at: end)
            return true
        }
    }

    private static func read(_ file: any VaultLedgerFile, at offset: UInt64, _ count: Int) throws -> [UInt8] {
        guard count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        let found = try file.read(into: &span, at: offset)
        bytes.removeLast(count - found)
        return bytes
    }
}
