import ChanceryLedger
import ChancerySuite
import ChanceryWire

/// An agent with keys of its own, and what others know of it.
struct SampleAgent: Sendable {
    let key: SigningKey<Purpose.Record>
    let party: RecordParty

    init(_ suite: SignatureSuite = .mlDSA65, number: UInt8) throws {
        key = try SigningKey(suite, seed: Self.seed(number, suite.seedBytes))
        let root = try SigningKey<Purpose.Root>(.mlDSA65, seed: Self.seed(number &+ 100, 32))
        let id = String(Base58.encode(Digest.sha256([number])).prefix(32))
        party = try RecordParty(
            did: DID(root: root.publicKey), agentIDs: [id], identityHash: Digest.sha3_256([number]), key: key.publicKey)
    }

    private static func seed(_ number: UInt8, _ count: Int) -> SecretBytes {
        var bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) ^ number }
        return SecretBytes(erasing: &bytes)
    }

    var statement: JSONValue {
        [
            "did": .string(party.did.text), "agent_ids": .array(party.agentIDs.map { .string($0) }),
            "identity": .string(Hex.encode(party.identityHash)), "key": .string(Base64.url.encode(party.key.id)),
            "suite": .string(party.key.suite.rawValue),
        ]
    }
}

/// The code of the ledger error that `body` throws; nil when it throws nothing.
func refusal(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch let error as LedgerError {
        return error.code
    } catch {
        return "untyped: \(error)"
    }
}

extension UTCTime {
    static func + (time: UTCTime, seconds: Int64) -> UTCTime { time.advanced(bySeconds: seconds) }
    static func - (time: UTCTime, seconds: Int64) -> UTCTime { time.advanced(bySeconds: -seconds) }
}

func filled(_ byte: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }

extension JSONValue {
    /// This object with the member at `path` replaced or removed.
    func setting(_ path: [String], _ value: JSONValue?) -> JSONValue {
        guard var object, let name = path.first else { return value ?? .null }
        let rest = Array(path.dropFirst())
        object[name] = rest.isEmpty ? value : object[name]?.setting(rest, value)
        return .object(object)
    }
}
