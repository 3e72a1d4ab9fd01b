/// Where the private halves of identities rest: a folder of small files, or whatever keeps the same promise.
///
/// Promise: a write is whole or absent and durable on return; nothing is overwritten unless the method says so; what
/// is written is readable by its owner alone.
public protocol IdentityFiles: Sendable {
    /// Runs `body` while nobody else changes the keys of `name`. Not reentrant.
    func exclusively<Value>(_ name: String, _ body: () throws -> Value) throws -> Value

    /// The names of all identities, sorted.
    func names() throws -> [String]

    /// The identity documents of `name`, first document first; empty when there is no such identity.
    func documents(of name: String) throws -> [[UInt8]]

    /// The key file that belongs to document `number`; nil when the key was removed.
    func keyFile(of name: String, number: Int64) throws -> [UInt8]?

    /// Creates an identity with its first document and key file, in one step.
    func create(_ name: String, document: [UInt8], keyFile: [UInt8]) throws

    /// Adds a key file, or with `replacing` exchanges the one that is there.
    func writeKeyFile(_ bytes: [UInt8], of name: String, number: Int64, replacing: Bool) throws

    /// Adds the document `number`.
    func addDocument(_ bytes: [UInt8], of name: String, number: Int64) throws

    /// Destroys the key file of document `number`.
    func removeKeyFile(of name: String, number: Int64) throws
}
