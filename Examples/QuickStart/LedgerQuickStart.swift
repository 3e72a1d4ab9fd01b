import ChanceryLedger
import ChancerySuite
import ChanceryWire

/// Identities, chains and trees as pure values: no clock, no disk. Times, nonces and salts are handed in.
func ledgerQuickStart() throws {
    // An identity document binds the keys of an agent to one DID.
    let keys = try IdentityKeys.generate(.hybrid)
    let document = try IdentityDocument.create(
        name: "clerk", keys: keys, at: UTCTime("2026-11-21T10:40:00.000Z"), salt: SystemRandom.bytes(16))

    // Two AISS-2.1 events: the second names the hash of the first.
    let stamper = try EventStamper(keys.aiss)
    var head = stamper.genesisHash(.aiss21)
    var events: [Event] = []
    for (index, action) in ["read", "write"].enumerated() {
        let payload: JSONValue = ["event_type": "file", "action": .string(action)]
        let stamped = try stamper.stamp(
            payload.object ?? JSONObject(), profile: .aiss21, timestamp: 1_795_257_600, nonce: "nonce-\(index)",
            previousHash: head)
        head = stamped.hash
        events.append(stamped.event)
    }

    // A stranger verifies the chain with the identity alone; a chain with a hole is refused with reason and index.
    let identity = try document.aissIdentity()
    print("verified", try ChainVerifier.verify(events, of: identity).get().count, "events")
    let withHole = ChainVerifier.verify([events[1]], of: identity)
    print(withHole.findings.map(\.code))  // ["ledger.genesis_mismatch"]

    // An RFC 6962 tree over them, and a proof that the second event is in it.
    let leaves = events.map { MerkleTree.leafHash($0.canonicalBytes) }
    let proof = try InclusionProof(index: 1, size: 2, path: MerkleTree.path(of: 1, in: leaves))
    try proof.verify(leaf: leaves[1], root: MerkleTree.root(of: leaves))
}
