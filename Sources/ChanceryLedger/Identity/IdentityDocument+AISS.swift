internal import ChancerySuite
public import ChanceryWire

extension IdentityDocument {
    /// The AISS-2.1 id of the identity's AISS keys: the name of its chain.
    public var agentID: AgentID {
        AgentID(classical: aissKey.parts[0].bytes, postQuantum: aissKey.parts[1].bytes)
    }

    /// The AISS-1 id of the identity's Ed25519 key: the name of its classical chain.
    public var classicalAgentID: AgentID { AgentID(classical: aissKey.parts[0].bytes) }

    /// The view that AISS-2.1 readers take.
    public func aissIdentity() throws(LedgerError) -> AgentIdentity {
        try AgentIdentity.native(aissKey, createdAt: createdAt.seconds)
    }

    /// The view that AISS-1 readers take.
    public func classicalIdentity() throws(LedgerError) -> AgentIdentity {
        try AgentIdentity.classical(publicKey: aissKey.parts[0].bytes, createdAt: createdAt.seconds)
    }

    /// did:key of the ML-DSA root (multicodec 0x1211 or 0x1212, base58btc).
    public var didKey: String {
        let key = rootKey.parts.last!
        let codec: [UInt8] = key.algorithm == .mlDSA87 ? [0x92, 0x24] : [0x91, 0x24]
        return "did:key:z" + Base58.encode(codec + key.bytes)
    }

    /// The ML-DSA root as a JSON Web Key (RFC 9964: `kty` AKP).
    public var jwk: JSONObject {
        let key = rootKey.parts.last!
        return [
            "alg": .string(key.algorithm.rawValue),
            "kid": .string(did.text), "kty": "AKP",
            "pub": .string(Base64.url.encode(key.bytes)),
        ]
    }
}
