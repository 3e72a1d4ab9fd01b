public import ChanceryWire

/// A node of a federation, as TLS names it: `spiffe://<federation>/node/<did>`, both in hex.
public struct NodeID: Sendable, Hashable, CustomStringConvertible {
    /// SHA3-256 of the federation's genesis.
    public let federation: [UInt8]
    /// The 32 bytes of the node's `did:pqaid`.
    public let did: [UInt8]

    /// - Throws: `wire.invalid_value` unless both have 32 bytes.
    public init(federation: [UInt8], did: [UInt8]) throws(WireError) {
        guard federation.count == 32, did.count == 32 else {
            throw WireError(.invalidValue, "a federation and a DID have 32 bytes each")
        }
        self.federation = federation
        self.did = did
    }

    /// Reads exactly the form that ``description`` writes.
    public init(_ text: some StringProtocol) throws(WireError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "spiffe:", parts[1].isEmpty, parts[3] == "node" else {
            throw WireError(.invalidValue, "a node is named `spiffe://<federation>/node/<did>`")
        }
        try self.init(federation: Hex.decode(parts[2], count: 32), did: Hex.decode(parts[4], count: 32))
    }

    public var description: String { "spiffe://\(Hex.encode(federation))/node/\(Hex.encode(did))" }
}
