internal import ChanceryStorage
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation

/// Where a home asks for its vault's root: `vault/custody.json`, absent for a passphrase alone.
///
/// Nothing else is believed from it. Another place does not open the root, and one that pretends to gives another root than
/// the one that the vault's chain names.
struct CustodyFile {
    private static let limit = 8192

    private let path: String

    init(home: String) { path = home + "/vault/custody.json" }

    /// - Throws: `vault.custody_malformed`.
    func read() throws -> RootCustody {
        guard FileManager.default.fileExists(atPath: path) else { return .passphrase }
        let bytes = try AtomicFile.read(path, limit: Self.limit)
        guard let json = try? JSONParser.parse(bytes, limits: .init(bytes: Self.limit, depth: 4)) else {
            throw VaultError(.custodyMalformed, "`vault/custody.json` is no JSON")
        }
        return try RootCustody(json: json)
    }

    func write(_ custody: RootCustody) throws {
        try AtomicFile.makeFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
        try AtomicFile.write(CanonicalForm.jcs.encode(custody.json), to: path, replacing: true)
    }
}
