public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire
import Foundation

/// Identities whose keys come from a number, the same ones every time.
public enum SampleKeys {
    /// The keys of identity `number` after `rotations`.
    public static func keys(
        _ number: UInt8, rotations: UInt8 = 0, suite: SignatureSuite = .mlDSA65
    ) throws -> IdentityKeys {
        IdentityKeys(
            root: try key(number, rotations, 1, suite), nextRoot: try key(number, rotations &+ 1, 1, suite),
            record: try key(number, rotations, 2, suite), aiss: try key(number, rotations, 3, .hybrid),
            sealing: try DecapsulationKey(.xWing, seed: seed(number, rotations, 4, 32)))
    }

    public static func document(_ number: UInt8, suite: SignatureSuite = .mlDSA65) throws -> IdentityDocument {
        try .create(name: "sample-\(number)", keys: keys(number, suite: suite), at: time(0), salt: salt(number))
    }

    public static func time(_ seconds: Int64) -> UTCTime { UTCTime(seconds: 1_790_000_000 + seconds) }

    public static func salt(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 16) }

    static func key<Use: KeyPurpose>(
        _ number: UInt8, _ rotation: UInt8, _ place: UInt8, _ suite: SignatureSuite
    ) throws -> SigningKey<Use> {
        try SigningKey(suite, seed: seed(number, rotation, place, suite.seedBytes))
    }

    private static func seed(_ number: UInt8, _ rotation: UInt8, _ place: UInt8, _ count: Int) -> SecretBytes {
        var bytes = Array((Digest.sha512([number, rotation, place])).prefix(count))
        return SecretBytes(erasing: &bytes)
    }
}

/// Golden bytes in `Tests/LedgerTests/Golden`. `CHANCERY_WRITE_GOLDEN=1` writes those that are missing.
public enum GoldenFile {
    public static func bytes(_ name: String, from test: String = #filePath, making: () throws -> [UInt8]) throws -> [UInt8] {
        let path =
            "\(test.prefix(upTo: test.range(of: "/Tests/", options: .backwards)?.lowerBound ?? test.endIndex))/Tests/LedgerTests/Golden/\(name)"
        if !FileManager.default.fileExists(atPath: path),
            ProcessInfo.processInfo.environment["CHANCERY_WRITE_GOLDEN"] == "1"
        {
            try Data(making()).write(to: URL(fileURLWithPath: path))
        }
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
