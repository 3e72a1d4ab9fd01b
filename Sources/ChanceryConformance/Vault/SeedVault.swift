internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire

/// The vault of pqc-enclave-sdk 0.1.0, profile `pqaid-v0`: a key of its own for each unlock, artifacts that are lost unless
/// saved, and one space for ids and names. For comparison only; nothing of ours is kept like this.
struct SeedVault: SequenceVault {
    private struct Stored {
        var artifact: SeedArtifact
        let name: String
    }

    /// What `save` wrote.
    private var saved: [String: Stored] = [:]
    /// By id, and by `name:` with a name.
    private var held: [String: Stored] = [:]
    /// Nil when locked.
    private var session: (key: SessionKey, isOpen: Bool)?
    private var ids: [String: String] = [:]

    mutating func take(_ act: SequenceStep.Act) async throws -> String {
        switch act {
        case .unlock(let seconds):
            session = (SessionKey(), seconds > 0)
            held = saved
        case .lock:
            session = nil
            held = [:]
        case .newVault:
            session = nil
            held = [:]
        case .save: saved = session == nil ? saved : held
        case .isUnlocked: return "\(isOpen)"
        case .list:
            guard isOpen else { return Self.locked }
            return "names:" + held.filter { !$0.key.hasPrefix("name:") }.map(\.value.name).sorted().joined(separator: ",")
        case .put(let ref, let name, let content): return try put(ref, name, content)
        case .get(let target):
            guard isOpen, let session else { return Self.locked }
            guard let found = stored(target) else { return Self.unknown }
            do {
                return "content:" + Hex.encode(try session.key.open(found.artifact))
            } catch { return "raises DecryptionError" }
        case .delete(let target):
            guard isOpen else { return Self.locked }
            guard let found = stored(target) else { return Self.unknown }
            held[found.artifact.metadata.artifactID] = nil
            held["name:" + found.name] = nil
        case .rollback(let name, let ref): held["name:" + name] = held[ids[ref] ?? ""]
        }
        return "ok"
    }

    private static let locked = "raises EnclaveLockedError"
    private static let unknown = "raises UnknownArtifactError"
    private var isOpen: Bool { session?.isOpen ?? false }

    private func stored(_ target: String) -> Stored? {
        let key = resolved(target)
        return held[key] ?? held["name:" + key]
    }

    private func resolved(_ text: String) -> String { text.hasPrefix("@") ? ids[String(text.dropFirst())] ?? text : text }

    private mutating func put(_ ref: String, _ name: String, _ content: [UInt8]) throws -> String {
        guard isOpen, let session else { return Self.locked }
        let id = ArtifactID.random().text
        let name = resolved(name)
        ids[ref] = id
        let metadata = SeedArtifactMetadata(
            artifactID: id, name: name, kind: .other, size: Int64(content.count), created: "2026-01-01T00:00:00+00:00")
        let stored = Stored(artifact: try session.key.seal(content, metadata), name: name)
        held[id] = stored
        held["name:" + name] = stored
        return "ok"
    }
}

/// The key of one unlock.
final class SessionKey: Sendable {
    private let key = SecretBytes.random(count: 32)

    func seal(_ content: [UInt8], _ metadata: SeedArtifactMetadata) throws -> SeedArtifact {
        try SeedArtifact.seal(content, metadata: metadata, key: key, keyID: "session", nonce: SystemRandom.bytes(12))
    }

    func open(_ artifact: SeedArtifact) throws -> [UInt8] { try artifact.open(key) }
}
