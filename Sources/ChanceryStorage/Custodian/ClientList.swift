package import ChanceryCustodian
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

/// The list of admitted clients as a file: `[{key, owner}]`, keys of ML-DSA-65 in base64url.
package struct ClientList {
    private static let most = 65_536
    private let path: String
    package private(set) var clients: [[UInt8]: AdmittedClient] = [:]

    /// Reads the file; none is an empty list.
    package init(at path: String) throws {
        self.path = path
        guard FileManager.default.fileExists(atPath: path) else { return }
        let value = try JSONParser.parse(
            AtomicFile.read(path, limit: 256 << 20), limits: .init(bytes: 256 << 20, depth: 4))
        for item in (value.array ?? []).prefix(Self.most) {
            var reader = try RecordReader(item, "client")
            let key = try VerifyingKey<Purpose.Ticket>(.mlDSA65, Base64.url.decode(reader.string("key", limit: 4096)))
            clients[key.id] = AdmittedClient(key, isOwner: try reader.bool("owner"))
            try reader.finish()
        }
    }

    /// Adds or changes a client, durably.
    package mutating func admit(_ client: AdmittedClient) throws {
        clients[client.key.id] = client
        let list = clients.values.sorted { $0.key.id.lexicographicallyPrecedes($1.key.id) }.map { client -> JSONValue in
            ["key": .string(Base64.url.encode(client.key.bytes)), "owner": .bool(client.isOwner)]
        }
        try AtomicFile.write(CanonicalForm.jcs.encode(.array(list)), to: path, replacing: true)
    }
}
