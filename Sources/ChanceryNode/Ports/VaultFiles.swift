public import ChanceryVault

/// What a vault keeps beside the log: small files, and sealed bodies of any size.
///
/// Promise: a small file is whole or absent and durable on return; a version is there with all its bodies or not at all; what
/// was erased is overwritten before its name goes. Nothing here is believed: signatures, digests and the log say what is true.
public protocol VaultFiles: Sendable {
    /// Runs `body` while no other process changes these files. Not reentrant.
    func exclusively<Value>(_ body: () throws -> Value) throws -> Value

    /// Nil when there is none.
    ///
    /// - Throws: `wire.too_long` for a file of more than 16 MiB.
    func read(_ file: VaultFile) throws -> [UInt8]?

    /// - Throws: `node.already_exists` when the file is there and `replacing` is false.
    func write(_ bytes: [UInt8], as file: VaultFile, replacing: Bool) throws

    /// Writes many files, over those that are there. All are durable on return; a failure may leave some of them written.
    func write(_ all: [(file: VaultFile, bytes: [UInt8])]) throws

    /// Overwrites the file, synced, and removes it; it may be absent.
    func erase(_ file: VaultFile) throws

    /// As ``erase(_:)-(VaultFile)``, for many.
    func erase(_ all: [VaultFile]) throws

    /// Every file that holds keys, sealed or wrapped: roots, seeds and keyrings.
    func keyFiles() throws -> [VaultFile]

    /// Room for the bodies of a version that is being put. Nobody sees it before it is committed.
    func draft(of artifact: ArtifactID, version: Int64) throws -> any VaultDraft

    /// Removes drafts that a crash left, and versions for which `isKnown` says no.
    ///
    /// - Returns: how many were removed.
    func removeLeftovers(isKnown: (ArtifactID, Int64) -> Bool) throws -> Int

    /// Opens what lies in a version at the place `index` of its manifest's files.
    ///
    /// - Throws: `vault.body_missing`.
    func open(_ part: VaultBodyPart, of artifact: ArtifactID, version: Int64, index: Int) throws -> any VaultReading

    /// Removes the bodies of a version; it may be absent.
    func remove(_ artifact: ArtifactID, version: Int64) throws
}

/// The small files of a vault.
public enum VaultFile: Sendable, Hashable {
    /// The seed of a root, as a place of custody sealed it.
    case root(VaultKeyID)
    /// The seed of another key, wrapped under a root.
    case seed(VaultKeyID)
    case manifest(ArtifactID, version: Int64)
    case sealing(ArtifactID, version: Int64)
    /// By its number: the old one stays until the new one counts.
    case keyring(ArtifactID, version: Int64, counter: Int64)
    /// An access policy by its hash: 32 bytes.
    case policy([UInt8])
    /// How often the wrong secret was given.
    case throttle
    /// How far the catalogue was seen. Lies outside the home, so that restoring the home does not restore it.
    case mark
}

/// The two files of a body.
public enum VaultBodyPart: String, Sendable, CaseIterable {
    /// What is sealed.
    case body
    /// The hashes of its content tree.
    case tree
}

/// A version whose bodies are being written.
public protocol VaultDraft: AnyObject, Sendable {
    /// A new file for the file at `index`, written from its start.
    func create(_ part: VaultBodyPart, index: Int) throws -> any VaultWriting

    /// Makes everything written durable and visible as the version. Replaces what a crash left there.
    func commit() throws

    /// Removes everything written.
    func discard()
}

/// One file that is written from its start to its end.
public protocol VaultWriting: AnyObject {
    func append(_ bytes: Span<UInt8>) throws
    /// Makes it durable and closes it.
    func finish() throws
}

/// One file that is read anywhere.
public protocol VaultReading: AnyObject {
    var byteCount: UInt64 { get }
    /// Fills all of `buffer` from `offset` on.
    ///
    /// - Throws: `vault.body_missing` when the file ends before.
    func read(into buffer: inout MutableSpan<UInt8>, at offset: UInt64) throws
}
