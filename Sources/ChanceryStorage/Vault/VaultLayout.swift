internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire

/// Where the files of a vault lie, from its folder on:
///
///     throttle
///     roots/<key>.chss  seeds/<key>.json  policies/<hash>.json
///     artifacts/<id>/<version>/manifest.json  sealing.json  keyring.json
///     artifacts/<id>/<version>/bodies/0000.body  0000.tree  …
///     drafts/<process>-<number>/lock  bodies/…
///     drafts/put-<hash>/lock  attempt.json  ledgers/0000.ledger  bodies/…    of an interrupted put, by its name
///
/// The bodies have a folder of their own, so that all come and go with one rename, whichever small files are there.
enum VaultLayout {
    static let artifacts = "artifacts"
    static let drafts = "drafts"
    static let bodies = "bodies"
    static let seeds = "seeds"
    static let lock = "lock"
    static let attempt = "attempt.json"
    static let ledgers = "ledgers"
    private static let ledgerSuffix = ".ledger"
    private static let resumablePrefix = "put-"
    /// How long an interrupted put is kept after its last attempt began: seven days.
    static let resumableSeconds = 7 * 24 * 3600
    /// The folders that hold small files.
    static let small = ["roots", seeds, "policies"]

    /// The folders on the way to `file`, and its name; nil for the mark, which lies elsewhere.
    ///
    /// - Throws: `vault.invalid_name`.
    static func place(of file: VaultFile) throws -> (folders: [String], name: String)? {
        switch file {
        case .root(let key): return (["roots"], key.text + ".chss")
        case .seed(let key): return ([seeds], name(ofSeed: key))
        case .manifest(let artifact, let version): return (folders(artifact, version), "manifest.json")
        case .sealing(let artifact, let version): return (folders(artifact, version), "sealing.json")
        case .keyring(let artifact, let version): return (folders(artifact, version), "keyring.json")
        case .policy(let hash):
            guard hash.count == 32 else {
                throw VaultError(.invalidName, "a policy's hash has 32 bytes, found \(hash.count)")
            }
            return (["policies"], Hex.encode(hash) + ".json")
        case .throttle: return ([], "throttle")
        case .mark: return nil
        }
    }

    static func folders(_ artifact: ArtifactID, _ version: Int64) -> [String] {
        [artifacts, Hex.encode(artifact.bytes), "\(version)"]
    }

    static func name(ofSeed key: VaultKeyID) -> String { key.text + ".json" }

    /// Nil for a name that is not exactly that of a seed.
    static func seed(named name: String) -> VaultKeyID? {
        guard name.hasSuffix(".json"), let key = try? VaultKeyID(String(name.dropLast(5))), Self.name(ofSeed: key) == name
        else { return nil }
        return key
    }

    /// Nil for the name of a folder that is not exactly that of an artifact.
    static func artifact(named name: String) -> ArtifactID? {
        guard let bytes = try? Hex.decode(name, count: ArtifactID.byteCount), Hex.encode(bytes) == name else { return nil }
        return try? ArtifactID(bytes)
    }

    /// Nil for the name of a folder that is not exactly that of a version.
    static func version(named name: String) -> Int64? { Int64(name).flatMap { "\($0)" == name ? $0 : nil } }

    /// - Throws: `vault.no_file` for a negative index.
    static func name(of part: VaultBodyPart, _ index: Int) throws -> String { try digits(index) + ".\(part.rawValue)" }

    private static func digits(_ index: Int) throws -> String {
        guard index >= 0 else { throw VaultError(.noFile, "there is no file at place \(index)") }
        let digits = "\(index)"
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The folder of an interrupted put. Names may be long; hashes are not.
    static func draft(of name: ArtifactName) -> String {
        resumablePrefix + Hex.encode(Digest.sha256(Array("chancery/vault-draft/v1\0\(name.text)".utf8)).prefix(16))
    }

    static func isResumable(_ name: String) -> Bool { name.hasPrefix(resumablePrefix) }

    static func name(ofLedger index: Int) throws -> String { try digits(index) + ledgerSuffix }

    /// Whether a file needs no overwriting before it goes: sealed bodies, their hashes and ledgers, and locks.
    static func isPublic(_ name: String) -> Bool {
        name == lock || name.hasSuffix(ledgerSuffix) || VaultBodyPart.allCases.contains { name.hasSuffix(".\($0.rawValue)") }
    }
}

extension VaultFile {
    /// Whether the file holds keys, sealed or wrapped: what replaces it wipes it.
    var holdsKeys: Bool {
        switch self {
        case .root, .seed, .keyring: true
        case .manifest, .sealing, .policy, .throttle, .mark: false
        }
    }
}
