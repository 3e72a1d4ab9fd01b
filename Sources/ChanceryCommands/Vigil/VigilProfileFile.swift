internal import ChanceryStorage
internal import ChanceryVigil
internal import ChanceryWire
internal import Foundation

/// Which numbers a home watches its agents with: `vigil.json` in the home, absent for the standard ones.
struct VigilProfileFile {
    private static let limit = 1 << 16

    private let path: String

    init(home: String) { path = home + "/vigil.json" }

    /// - Throws: `vigil.profile_invalid` for a file that is no profile: nobody is watched with numbers that nobody chose.
    func read() throws -> VigilProfile {
        guard FileManager.default.fileExists(atPath: path) else { return .standard }
        return try Self.profile(AtomicFile.read(path, limit: Self.limit))
    }

    func write(_ profile: VigilProfile) throws {
        try AtomicFile.write(CanonicalForm.jcs.encode(profile.json()), to: path, replacing: true)
    }

    static func profile(_ bytes: [UInt8]) throws -> VigilProfile {
        do {
            return try VigilProfile(json: JSONParser.parse(bytes, limits: .init(bytes: limit, depth: 8)))
        } catch let error as WireError {
            throw VigilError(.profileInvalid, error.detail)
        }
    }
}
