internal import NIOSSL

/// How a client knows who is at the other end.
public enum ClientTLS: Sendable {
    /// By a certificate of the federation; nil stands for any of its nodes.
    case federation(PostQuantumTLS, expecting: NodeID?)
    /// As browsers do: by the name, and the authorities that this machine trusts.
    case web

    func handler(for address: PeerAddress) throws -> NIOSSLClientHandler {
        switch self {
        case .federation(let tls, let node): try tls.clientHandler(expecting: node)
        case .web:
            try NIOSSLClientHandler(
                context: NIOSSLContext(configuration: .makeClientConfiguration()),
                // A name in the certificate is compared either way; addresses are not sent as names.
                serverHostname: (try? HostName(address.host)).flatMap { if case .dns(let name) = $0 { name } else { nil } })
        }
    }
}
