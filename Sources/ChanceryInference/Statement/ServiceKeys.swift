public import ChancerySuite
public import ChanceryWire

/// A service key with what is stated about it.
public struct ServiceKey: Sendable {
    public let statement: ServiceKeyStatement
    public let key: DecapsulationKey

    /// - Throws: `inference.statement_malformed` when the statement is about another key.
    public init(_ statement: ServiceKeyStatement, _ key: DecapsulationKey) throws(InferenceError) {
        guard key.algorithm == .xWing, key.publicKey == statement.terms.key.bytes else {
            throw InferenceError(.statementMalformed, "the statement is about another key")
        }
        self.statement = statement
        self.key = key
    }
}

/// Where a service has its keys.
///
/// Promise: at any moment there is one current statement, and a key that was replaced still opens until its statement ends.
public protocol ServiceKeys: Sendable {
    /// What clients seal to now.
    func current(at now: UTCTime) async throws -> ServiceKeyStatement

    /// The key whose statement has this digest.
    ///
    /// - Throws: `inference.key_unknown` for a statement that this service does not have, or whose time is over.
    func key(stated digest: [UInt8], at now: UTCTime) async throws -> ServiceKey
}
