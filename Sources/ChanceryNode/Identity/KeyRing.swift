internal import ChanceryLedger
internal import ChancerySuite

/// The layout of secrets inside a key file.
///
/// One entry per key and algorithm, for an identity `root/ed25519`, `root/ml-dsa-65`, … each a 32-byte seed; an ML-DSA-65 key that was
/// imported without a seed is its 4032-byte encoding; `sealing/x-wing` is the 32-byte seed.
enum KeyRing {
    static func entries(of keys: IdentityKeys) throws -> [KeyFileEntry] {
        try entries("root", keys.root) + entries("next-root", keys.nextRoot) + entries("record", keys.record)
            + entries("aiss", keys.aiss) + [KeyFileEntry("sealing/x-wing", keys.sealing.exportSeed())]
    }

    static func keys(from file: KeyFile) throws -> IdentityKeys {
        let sealing = try secret("sealing/x-wing", in: file)
        return IdentityKeys(
            root: try key("root", in: file), nextRoot: try key("next-root", in: file), record: try key("record", in: file),
            aiss: try key("aiss", in: file), sealing: try DecapsulationKey(.xWing, seed: sealing.secret.duplicate()))
    }

    /// The label of one private key; `name` says what it is for. Labels of key files are lower case.
    static func label(_ name: String, _ algorithm: SignatureAlgorithm) -> String {
        "\(name)/\(algorithm.rawValue.lowercased())"
    }

    static func entries<Use: KeyPurpose>(_ name: String, _ key: SigningKey<Use>) throws -> [KeyFileEntry] {
        try key.parts.map { part in
            let label = Self.label(name, part.algorithm)
            if let seed = part.exportSeed() { return try KeyFileEntry(label, seed) }
            return try KeyFileEntry(label, try part.exportExpandedMLDSA65())
        }
    }

    static func key<Use: KeyPurpose>(_ name: String, in file: KeyFile) throws -> SigningKey<Use> {
        let suites: [SignatureSuite] = [.hybrid, .mlDSA65, .mlDSA87]
        let found = suites.first { suite in
            suite.algorithms.allSatisfy { file[label(name, $0)] != nil }
        }
        guard let suite = found else { throw NodeError(.keyMissing, "the key file holds no `\(name)` key") }
        return try SigningKey(
            suite,
            parts: suite.algorithms.map { algorithm in
                let entry = try secret(label(name, algorithm), in: file)
                return entry.secret.count == 32
                    ? try PrivateSignatureKey(algorithm, seed: entry.secret.duplicate())
                    : try PrivateSignatureKey(expandedMLDSA65: entry.secret)
            })
    }

    private static func secret(_ label: String, in file: KeyFile) throws -> KeyFileEntry {
        guard let entry = file[label] else { throw NodeError(.keyMissing, "the key file lacks `\(label)`") }
        return entry
    }
}
