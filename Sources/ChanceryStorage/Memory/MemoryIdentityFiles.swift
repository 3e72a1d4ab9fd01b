public import ChanceryNode
internal import Synchronization

/// Private halves of identities for as long as the process lives: for tests and for trying things out. It keeps nothing.
public final class MemoryIdentityFiles: IdentityFiles {
    private struct Files {
        var documents: [[UInt8]] = []
        var keys: [Int64: [UInt8]] = [:]
    }
    private let state = Mutex<[String: Files]>([:])
    private let turn = Mutex(())

    public init() {}

    public func exclusively<Value>(_ name: String, _ body: () throws -> Value) throws -> Value {
        try turn.withLock { _ in try body() }
    }

    public func names() throws -> [String] { state.withLock { $0.keys.sorted() } }

    public func documents(of name: String) throws -> [[UInt8]] { state.withLock { $0[name]?.documents ?? [] } }

    public func keyFile(of name: String, number: Int64) throws -> [UInt8]? { state.withLock { $0[name]?.keys[number] } }

    public func create(_ name: String, document: [UInt8], keyFile: [UInt8]) throws {
        try state.withLock { state in
            guard state[name] == nil else { throw NodeError(.alreadyExists, "identity `\(name)` exists already") }
            state[name] = Files(documents: [document], keys: [0: keyFile])
        }
    }

    public func writeKeyFile(_ bytes: [UInt8], of name: String, number: Int64, replacing: Bool) throws {
        try state.withLock { state in
            guard replacing || state[name]?.keys[number] == nil else {
                throw NodeError(.alreadyExists, "`\(name)` has that key file already")
            }
            state[name, default: Files()].keys[number] = bytes
        }
    }

    public func addDocument(_ bytes: [UInt8], of name: String, number: Int64) throws {
        try state.withLock { state in
            guard state[name]?.documents.count == Int(number) else {
                guard state[name]?.documents.last == bytes else {
                    throw NodeError(.alreadyExists, "`\(name)` has another document \(number)")
                }
                return
            }
            state[name]?.documents.append(bytes)
        }
    }

    public func removeKeyFile(of name: String, number: Int64) throws { state.withLock { $0[name]?.keys[number] = nil } }
}
