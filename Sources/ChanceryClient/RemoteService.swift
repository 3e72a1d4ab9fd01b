public import ChancerySuite
public import ChanceryTransport
public import ChanceryVault

/// A service as its client knows it: where it is, who it is, and what it may be asked.
public struct RemoteService: Sendable {
    public let address: PeerAddress
    public let tls: ClientTLS?
    /// The service's DID.
    public let did: String
    /// The identity key that the client relies on for it; never one that the service sends along.
    public let key: VerifyingKey<Purpose.Record>
    /// The digest of the only manifest that the client wants to be served; nil for whichever the service states.
    public let model: ManifestDigest?

    public init(
        _ address: PeerAddress, tls: ClientTLS? = nil, did: String, key: VerifyingKey<Purpose.Record>,
        model: ManifestDigest? = nil
    ) {
        self.address = address
        self.tls = tls
        self.did = did
        self.key = key
        self.model = model
    }
}
