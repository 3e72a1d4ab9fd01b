public import ChanceryVault

/// A draft that outlives its process: an interrupted put is continued in it (rule V2).
///
/// One attempt at a time holds it; it is let go when the draft is released. Until then nobody else gets it.
public protocol VaultResumableDraft: VaultDraft {
    /// Says which version the draft becomes. It cannot be committed before.
    func aim(at artifact: ArtifactID, version: Int64)

    /// What was kept by ``keep(_:)``; nil in a new draft.
    func attempt() throws -> [UInt8]?

    /// Keeps what the next attempt has to know, durably, in the place of what was kept before, which is overwritten.
    func keep(_ attempt: [UInt8]) throws

    /// Overwrites and removes what was kept. It must be gone before the version is logged.
    func forget() throws

    /// Bytes of the body at `index` that earlier attempts wrote; 0 when there is none.
    func bodyLength(_ index: Int) throws -> UInt64

    /// The ledger of the body at `index`, made when there is none.
    func ledger(_ index: Int) throws -> any VaultLedgerFile

    /// Removes the two files of a body, durably, so that nothing is left that another salt sealed.
    func removeBody(_ index: Int) throws

    /// Removes everything in the draft; it stays held.
    func clear() throws

    /// Removes everything that was kept, and the draft with it.
    ///
    /// - Returns: whether the sealed key of the attempt was overwritten before.
    func abandon() throws -> Bool
}

/// The file of a ``ResumeLedger``.
public protocol VaultLedgerFile: AnyObject {
    var byteCount: UInt64 { get }

    /// - Returns: how many bytes were read; fewer than the buffer has only at the end.
    func read(into buffer: inout MutableSpan<UInt8>, at offset: UInt64) throws -> Int

    /// Cuts off what lies behind `offset` and writes `bytes` there. Durable on return.
    func append(_ bytes: Span<UInt8>, at offset: UInt64) throws
}
