internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire

/// Where the files of a vault lie, from its folder on:
///
///     throttle
///     roots/<key>.chss  seeds/<key>.json  policies/<hash>.json
///     artifacts/<id>/<version>/manifest.json  sealing.json  keyring-<number>.json
///     artifacts/<id>/<version>/bodies/0000.body  0000.tree  …
///     drafts/<process>-<number>/lock  bodies/…
///
/// The bodies have a folder of their own, so that all come and go with one rename, whichever small files are there.
enum VaultLayout {
    static let artifacts = "artifacts"
    static let drafts = "drafts"
    static let bodies = "bodies"
    static let roots = "roots"
    static let seeds = "seeds"
    static let lock = "lock"
    /// The folders that hold small files.
    static let small = [roots, seeds, "policies"]

    /// The folders on the way to `file`, and its name; nil for the mark, which lies elsewhere.
    ///
    /// - Throws: `vault.invalid_name`.
    static func place(of file: VaultFile) throws -> (folders: [String], name: String)? {
        switch file {
        case .root(let key): return ([roots], name(ofRoot: key))
        case .seed(let key): return ([seeds], name(ofSeed: key))
        case .manifest(let artifact, let version): return (folders(artifact, version), "manifest.json")
        case .sealing(let artifact, let version): return (folders(artifact, version), "sealing.json")
        case .keyring(let artifact, let version, let counter):
            return (folders(artifact, version), name(ofKeyring: counter))
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

    private static func name(ofRoot key: VaultKeyID) -> String { key.text + ".chss" }
    private static func name(ofSeed key: VaultKeyID) -> String { key.text + ".json" }
    private static func name(ofKeyring counter: Int64) -> String { "keyring-\(counter).json" }

    /// Nil for a name that is not exactly that of a root.
    static func root(named name: String) -> VaultKeyID? { key(named: name, by: Self.name(ofRoot:)) }

    /// Nil for a name that is not exactly that of a seed.
    static func seed(named name: String) -> VaultKeyID? { key(named: name, by: Self.name(ofSeed:)) }

    private static func key(named name: String, by named: (VaultKeyID) -> String) -> VaultKeyID? {
        guard let text = name.split(separator: ".", maxSplits: 1).first, let key = try? VaultKeyID(String(text)),
            named(key) == name
        else { return nil }
        return key
    }

    /// The number of a keyring; nil for a name that is not exactly that of one.
    static func keyring(named name: String) -> Int64? {
        guard name.hasPrefix("keyring-"), name.hasSuffix(".json"), let counter = Int64(name.dropFirst(8).dropLast(5)),
            counter > 0, Self.name(ofKeyring: counter) == name
        else { return nil }
        return counter
    }

    /// Nil for the name of a folder that is not exactly that of an artifact.
    static func artifact(named name: String) -> ArtifactID? {
        guard let bytes = try? Hex.decode(name, count: ArtifactID.byteCount), Hex.encode(bytes) == name else { return nil }
        return try? ArtifactID(bytes)
    }

    /// Nil for the name of a folder that is not exactly that of a version.
    static func version(named name: String) -> Int64? { Int64(name).flatMap { "\($0)" == name ? $0 : nil } }

    /// - Throws: `vault.no_file` for a negative index.
    static func name(of part: VaultBodyPart, _ index: Int) throws -> String {
        guard index >= 0 else { throw VaultError(.noFile, "there is no file at place \(index)") }
        let digits = "\(index)"
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ".\(part.rawValue)"
    }

    /// Whether a file needs no overwriting before it goes: sealed bodies, their hashes, and locks.
    static func isPublic(_ name: String) -> Bool {
        name == lock || VaultBodyPart.allCases.contains { name.hasSuffix(".\($0.rawValue)") }
    }
}

extension VaultFile {
    /// The version to which the file belongs; nil for one of the whole vault.
    var version: (artifact: ArtifactID, number: Int64)? {
        switch self {
        case .manifest(let artifact, let version), .sealing(let artifact, let version), .keyring(let artifact, let version, _):
            (artifact, version)
        case .root, .seed, .policy, .throttle, .mark: nil
        }
    }

    /// Whether the file holds keys, sealed or wrapped: what replaces it wipes it.
    var holdsKeys: Bool {
        switch self {
        case .root, .seed, .keyring: true
        case .manifest, .sealing, .policy, .throttle, .mark: false
        }
    }
}
