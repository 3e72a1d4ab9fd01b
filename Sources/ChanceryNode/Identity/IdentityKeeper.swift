public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// Creates, opens, rotates and protects the identities of this home.
public final class IdentityKeeper: Sendable {
    private let files: any IdentityFiles
    private let registry: IdentityRegistry
    private let now: @Sendable () -> UTCTime

    public init(files: any IdentityFiles, registry: IdentityRegistry, now: @escaping @Sendable () -> UTCTime) {
        self.files = files
        self.registry = registry
        self.now = now
    }

    public func names() throws -> [String] { try files.names() }

    /// The documents of `name`, verified, first document first.
    ///
    /// - Throws: `node.not_found`.
    public func documents(of name: IdentityName) throws -> [IdentityDocument] {
        let stored = try files.documents(of: name.text)
        guard !stored.isEmpty else { throw NodeError(.notFound, "there is no identity `\(name)`") }
        return try IdentityDocument.verify(history: stored.map { try UnverifiedRecord(decoding: $0) })
    }

    /// Whether the private keys are on this machine, and whether they are encrypted.
    public func custody(of name: IdentityName) throws -> KeyCustody {
        guard let number = try documents(of: name).last?.number, let file = try files.keyFile(of: name.text, number: number)
        else { return .absent }
        return KeyFile.looksEncrypted(file) ? .passphrase : .unencrypted
    }

    /// Whether the key file of an identity that is open is still there: whoever took it away wants it used no more.
    func hasKeys(of identity: OpenIdentity) throws -> Bool {
        try files.keyFile(of: identity.name.text, number: identity.document.number) != nil
    }

    /// Creates an identity: keys on disk first, then its document in the store.
    public func create(
        _ name: IdentityName, suite: SignatureSuite = .hybrid, protection: KeyProtection
    ) throws -> IdentityDocument {
        try create(name, keys: IdentityKeys.generate(suite), protection: protection)
    }

    /// Creates an identity around AISS keys that came from elsewhere; every other key is fresh.
    ///
    /// - Parameter mlDSA65: a 32-byte seed or a 4032-byte private key.
    public func create(
        _ name: IdentityName, suite: SignatureSuite = .hybrid, adoptingEd25519 seed: consuming SecretBytes,
        mlDSA65: borrowing SecretBytes, protection: KeyProtection
    ) throws -> IdentityDocument {
        let fresh = try IdentityKeys.generate(suite)
        let postQuantum =
            mlDSA65.count == 32
            ? try PrivateSignatureKey(.mlDSA65, seed: mlDSA65.duplicate())
            : try PrivateSignatureKey(expandedMLDSA65: mlDSA65)
        let aiss = try SigningKey<Purpose.AISS>(.hybrid, parts: [PrivateSignatureKey(.ed25519, seed: seed), postQuantum])
        let keys = IdentityKeys(
            root: fresh.root, nextRoot: fresh.nextRoot, record: fresh.record, aiss: aiss, sealing: fresh.sealing)
        return try create(name, keys: keys, protection: protection)
    }

    private func create(
        _ name: IdentityName, keys: IdentityKeys, protection: KeyProtection
    ) throws -> IdentityDocument {
        guard try files.documents(of: name.text).isEmpty else {
            throw NodeError(.alreadyExists, "identity `\(name)` exists already; nothing was changed")
        }
        let document = try IdentityDocument.create(name: name.text, keys: keys, at: now(), salt: SystemRandom.bytes(16))
        try registry.requireUnclaimed([document])
        let keyFile = try protection.protect(KeyFile(KeyRing.entries(of: keys)))
        try files.create(name.text, document: document.record.bytes, keyFile: keyFile)
        try registry.register([document])
        return document
    }

    /// Opens the private keys of `name`.
    ///
    /// - Throws: `node.key_missing`, `node.passphrase_required`, `ledger.wrong_passphrase`.
    public func open(_ name: IdentityName, _ protection: KeyProtection) throws -> OpenIdentity {
        try resumeRotation(of: name)
        return try openCurrent(name, protection)
    }

    private func openCurrent(_ name: IdentityName, _ protection: KeyProtection) throws -> OpenIdentity {
        let documents = try documents(of: name)
        let document = documents[documents.count - 1]
        guard let bytes = try files.keyFile(of: name.text, number: document.number) else {
            throw NodeError(.keyMissing, "the private keys of `\(name)` are not on this machine")
        }
        let keys = try KeyRing.keys(from: protection.open(bytes))
        guard keys.root.publicKey == document.rootKey, keys.record.publicKey == document.recordKey,
            keys.aiss.publicKey == document.aissKey
        else { throw NodeError(.storeCorrupt, "the key file of `\(name)` does not belong to its document") }
        // A crash between creation and publication leaves the document on disk alone; put it into the store now.
        try registry.register(documents)
        return OpenIdentity(name: name, document: document, keys: keys)
    }

    /// Exchanges the protection of the private keys; the keys stay the same.
    public func protect(
        _ name: IdentityName, from old: KeyProtection, to new: KeyProtection
    ) throws {
        try resumeRotation(of: name)
        // Nobody may remove or rotate the keys between reading and writing them.
        try files.exclusively(name.text) {
            let identity = try openCurrent(name, old)
            let file = try new.protect(KeyFile(KeyRing.entries(of: identity.keys)))
            try files.writeKeyFile(file, of: name.text, number: identity.document.number, replacing: true)
        }
    }

    /// Destroys the private keys of `name` on this machine, also those of an unfinished rotation; documents and history
    /// stay.
    public func removeKey(_ name: IdentityName) throws {
        try resumeRotation(of: name)
        try files.exclusively(name.text) {
            guard let number = try documents(of: name).last?.number, try files.keyFile(of: name.text, number: number) != nil
            else { throw NodeError(.keyMissing, "the private keys of `\(name)` are not on this machine") }
            try files.removeKeyFile(of: name.text, number: number + 1)
            try files.removeKeyFile(of: name.text, number: number)
        }
    }

    /// Rotates the keys of `identity`, `record` putting the next document into the store. Nobody else rotates meanwhile.
    ///
    /// The order: new keys on disk, document in the store, document on disk, old keys destroyed. After a crash
    /// ``open(_:_:)`` finishes what reached the store; what did not never happened.
    func rotate(
        _ identity: OpenIdentity, _ protection: KeyProtection, record: (OpenIdentity) throws -> Void
    ) throws -> OpenIdentity {
        let name = identity.name.text
        return try files.exclusively(name) {
            let current = identity.document
            guard try documents(of: identity.name).last?.hash == current.hash,
                try registry.history(of: current.did).last?.hash == current.hash
            else { throw NodeError(.rejected, "the keys of `\(name)` were rotated in between; open the identity again") }
            let keys = try identity.keys.rotated()
            let document = try current.rotate(from: identity.keys, to: keys, at: now(), salt: SystemRandom.bytes(16))
            let next = OpenIdentity(name: identity.name, document: document, keys: keys)
            let file = try protection.protect(KeyFile(KeyRing.entries(of: keys)))
            // A rotation that a crash cut short left keys that no document names; they are of no use to anyone.
            try files.writeKeyFile(file, of: name, number: document.number, replacing: true)
            do {
                try record(next)
            } catch let error as NodeError where error.reason == .rejected {
                // Nothing was stored: another document came first, and these keys belong to none.
                try files.removeKeyFile(of: name, number: document.number)
                throw error
            }
            try files.addDocument(document.record.bytes, of: name, number: document.number)
            try files.removeKeyFile(of: name, number: current.number)
            return next
        }
    }

    /// Finishes a rotation that a crash cut short after its document had reached the store. ``open(_:_:)`` does it too.
    package func resumeRotation(of name: IdentityName) throws {
        guard let number = try documents(of: name).last?.number else { return }
        let isPending = try files.keyFile(of: name.text, number: number + 1) != nil
        let isUnfinished = number > 0 ? try files.keyFile(of: name.text, number: number - 1) != nil : false
        guard isPending || isUnfinished else { return }
        try files.exclusively(name.text) {
            guard var last = try documents(of: name).last else { return }
            if try files.keyFile(of: name.text, number: last.number + 1) != nil,
                let next = try registry.history(of: last.did).first(where: { $0.number == last.number + 1 })
            {
                try files.addDocument(next.record.bytes, of: name.text, number: next.number)
                last = next
            }
            if last.number > 0 { try files.removeKeyFile(of: name.text, number: last.number - 1) }
        }
    }
}

/// Where the private keys of an identity are.
public enum KeyCustody: String, Sendable {
    case passphrase = "passphrase file"
    case unencrypted = "unencrypted file"
    case absent = "not on this machine"
}

/// An identity whose private keys are open.
public struct OpenIdentity: Sendable {
    public let name: IdentityName
    public let document: IdentityDocument
    public let keys: IdentityKeys
    /// The document's hash, which each seal names; kept, because a document is long.
    let documentHash: [UInt8]

    init(name: IdentityName, document: IdentityDocument, keys: IdentityKeys) {
        self.name = name
        self.document = document
        self.keys = keys
        documentHash = document.hash
    }
}
