import ChancerySuite
import ChanceryVault
import ChanceryWire

/// Keys from numbers, the same ones every time.
enum Sample {
    static let start = UTCTime(seconds: 1_790_000_000)
    static let day: Int64 = 86_400

    static func after(_ seconds: Int64) -> UTCTime { start.advanced(bySeconds: seconds) }

    static func bytes(_ number: Int, _ count: Int = 32) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += Digest.sha3_256(Array("sample \(number) \(bytes.count)".utf8)) }
        return Array(bytes[..<count])
    }

    static func secret(_ number: Int, _ count: Int = 32) -> SecretBytes {
        var bytes = bytes(number, count)
        return SecretBytes(erasing: &bytes)
    }

    static func artifact(_ number: Int) throws -> ArtifactID { try ArtifactID(bytes(number, 16)) }
    static func manifest(_ number: Int) throws -> ManifestDigest { try ManifestDigest(bytes(number)) }
    static func vault() throws -> VaultID { try VaultID(bytes(0, 16)) }

    static func subject(_ number: Int, version: Int64 = 1) throws -> KeySubject {
        .artifact(try artifact(number), version: version)
    }

    static func publicKey(_ algorithm: VaultKeyAlgorithm, _ number: Int) throws -> [UInt8] {
        try algorithm.publicKey(of: secret(number, algorithm.seedBytes))
    }

    static func key(
        _ kind: VaultKeyKind, _ number: Int, _ algorithm: VaultKeyAlgorithm? = nil, subject: KeySubject? = nil,
        at time: UTCTime = start, activates: UTCTime? = nil, lifetime: Int64? = nil, lead: Int64? = nil,
        after predecessor: KeyStatement? = nil
    ) throws -> KeyStatement {
        let algorithm = algorithm ?? predecessor?.algorithm ?? kind.algorithms[0]
        return try KeyStatement(
            kind, algorithm, publicKey: publicKey(algorithm, number), subject: subject, at: time, activates: activates,
            lifetime: lifetime, lead: lead, after: predecessor)
    }

    static func root(_ number: Int) throws -> DecapsulationKey {
        try DecapsulationKey(.mlKEM1024, seed: secret(number, 64))
    }

    static func recordKey(_ number: Int) throws -> SigningKey<Purpose.Record> {
        try SigningKey(.mlDSA65, seed: secret(number))
    }
}

extension KeyLedger {
    mutating func take(_ change: KeyEvent.Change, at time: UTCTime = Sample.start) throws {
        try apply(KeyEvent(change, at: time))
    }
}

/// Calls `body` with each member of `object` removed, replaced or added to.
func eachDamage(of object: JSONObject, _ body: (JSONObject, String) throws -> Void) rethrows {
    for name in object.names {
        for wrong in [JSONValue?.none, .some(.double(1.5)), .some("?"), .some(.integer(-7)), .some([:])] {
            var damaged = object
            damaged[name] = wrong
            try body(damaged, "\(name): \(wrong?.kind ?? "removed")")
        }
    }
    var more = object
    more["unknown"] = 1
    try body(more, "a member too many")
}
