public import ChanceryNode
public import ChanceryVault
internal import Synchronization

/// What a vault keeps, for as long as the process lives: for tests and for trying things out. It keeps nothing.
public final class MemoryVaultFiles: VaultFiles {
    fileprivate struct Version: Hashable {
        let artifact: ArtifactID
        let version: Int64
    }
    fileprivate struct Part: Hashable {
        let part: VaultBodyPart
        let index: Int
    }
    private struct State {
        var files: [VaultFile: [UInt8]] = [:]
        var bodies: [Version: [Part: [UInt8]]] = [:]
    }
    private let state = Mutex(State())
    private let turn = Mutex(())

    public init() {}

    public func exclusively<Value>(_ body: () throws -> Value) throws -> Value {
        try turn.withLock { _ in try body() }
    }

    public func read(_ file: VaultFile) throws -> [UInt8]? { state.withLock { $0.files[file] } }

    public func write(_ bytes: [UInt8], as file: VaultFile, replacing: Bool) throws {
        try state.withLock { state in
            guard replacing || state.files[file] == nil else { throw NodeError(.alreadyExists, "the file is there already") }
            state.files[file] = bytes
        }
    }

    public func write(_ all: [(file: VaultFile, bytes: [UInt8])]) throws {
        state.withLock { state in for (file, bytes) in all { state.files[file] = bytes } }
    }

    public func erase(_ file: VaultFile) throws { state.withLock { $0.files[file] = nil } }

    public func erase(_ all: [VaultFile]) throws { state.withLock { state in for file in all { state.files[file] = nil } } }

    public func keyFiles() throws -> [VaultFile] {
        state.withLock { state in
            state.files.keys.filter { file in
                switch file {
                case .root, .seed, .keyring: true
                default: false
                }
            }
        }
    }

    public func draft(of artifact: ArtifactID, version: Int64) throws -> any VaultDraft {
        let place = Version(artifact: artifact, version: version)
        return MemoryDraft { bodies in self.state.withLock { $0.bodies[place] = bodies } }
    }

    /// - Throws: `node.rejected`, always: nothing outlives the process, so no interrupted put is continued.
    public func resumableDraft(of _: ArtifactName) throws -> any VaultResumableDraft {
        throw NodeError(.rejected, "a vault in memory keeps no interrupted put")
    }

    public func removeLeftovers(isKnown: (ArtifactID, Int64) -> Bool) throws -> Int {
        state.withLock { state in
            let unknown = state.bodies.keys.filter { !isKnown($0.artifact, $0.version) }
            for place in unknown { state.bodies[place] = nil }
            return unknown.count
        }
    }

    public func open(
        _ part: VaultBodyPart, of artifact: ArtifactID, version: Int64, index: Int
    ) throws -> any VaultReading {
        let place = Version(artifact: artifact, version: version)
        guard let bytes = state.withLock({ $0.bodies[place]?[Part(part: part, index: index)] }) else {
            throw VaultError(.bodyMissing, "the version has no \(part.rawValue) \(index)")
        }
        return MemoryReading(bytes)
    }

    public func remove(_ artifact: ArtifactID, version: Int64) throws {
        state.withLock { $0.bodies[Version(artifact: artifact, version: version)] = nil }
    }
}

/// Bodies that are being written.
private final class MemoryDraft: VaultDraft {
    private let finished = Mutex<[MemoryVaultFiles.Part: [UInt8]]>([:])
    private let publish: @Sendable ([MemoryVaultFiles.Part: [UInt8]]) -> Void

    init(_ publish: @escaping @Sendable ([MemoryVaultFiles.Part: [UInt8]]) -> Void) { self.publish = publish }

    func create(_ part: VaultBodyPart, index: Int) throws -> any VaultWriting {
        MemoryWriting { bytes in self.finished.withLock { $0[.init(part: part, index: index)] = bytes } }
    }

    func commit() throws { publish(finished.withLock { $0 }) }

    func discard() { finished.withLock { $0 = [:] } }
}

private final class MemoryWriting: VaultWriting {
    private var bytes: [UInt8] = []
    private let end: ([UInt8]) -> Void

    init(_ end: @escaping ([UInt8]) -> Void) { self.end = end }

    func append(_ bytes: Span<UInt8>) throws { for index in bytes.indices { self.bytes.append(bytes[index]) } }

    func finish() throws { end(bytes) }
}

private final class MemoryReading: VaultReading {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var byteCount: UInt64 { UInt64(bytes.count) }

    func read(into buffer: inout MutableSpan<UInt8>, at offset: UInt64) throws {
        guard offset <= byteCount, UInt64(buffer.count) <= byteCount - offset else {
            throw VaultError(.bodyMissing, "the file ends before what is read at \(offset)")
        }
        for index in 0..<buffer.count { buffer[index] = bytes[Int(offset) + index] }
    }
}
