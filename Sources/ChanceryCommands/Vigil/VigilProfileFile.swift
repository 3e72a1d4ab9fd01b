internal import ChanceryNode
internal import ChanceryStorage
internal import ChanceryVigil
internal import ChanceryWire
internal import Foundation

/// Which numbers a home watches its agents with: `vigil.json` in the home, absent for the standard ones.
struct VigilProfileFile {
    private static let limit = 1 << 16

    private let path: String

    init(home: String) { path = home + "/vigil.json" }

    /// - Throws: `vigil.profile_invalid` for a file that is no profile, and for a link to nothing: nobody is watched with numbers that nobody chose.
    func read() throws -> VigilProfile {
        do {
            return try Self.profile(AtomicFile.read(path, limit: Self.limit))
        } catch let error as NodeError where error.reason == .notFound {
            guard (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == nil else {
                throw VigilError(.profileInvalid, "`\(path)` is a link to nothing")
            }
            return .standard
        }
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
