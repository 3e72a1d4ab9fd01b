public import ChanceryAPI
internal import ChanceryNode
public import ChanceryWire
internal import Foundation

/// Grants of sign-in links as files of a folder that its owner alone reads, each under the digest of its link's secret.
public struct SignInFolder: SignInGrants {
    /// Links that may wait to be used.
    public static let capacity = 64

    private let path: String

    /// The folder is made with the first grant.
    public init(path: String) { self.path = path }

    public func keep(_ grant: SignInGrant, for digest: [UInt8], at time: UTCTime) throws {
        try AtomicFile.makeFolder(path)
        guard try sweep(at: time) < Self.capacity else {
            throw APIError(
                .noRoom, "\(Self.capacity) sign-in links wait to be used; the oldest end within a quarter of an hour")
        }
        try AtomicFile.write(CanonicalForm.jcs.encode(grant.json), to: file(digest))
    }

    public func take(_ digest: [UInt8], at time: UTCTime) throws -> SignInGrant? {
        let (file, mine) = (file(digest), file(digest) + ".\(getpid()).\(UInt32.random(in: .min ... .max)).tmp")
        // Of all who try, the rename works for one.
        guard unsafe rename(file, mine) == 0 else {
            guard errno == ENOENT else { throw AtomicFile.failure("take", file) }
            return nil
        }
        defer { unsafe unlink(mine) }
        try AtomicFile.syncFolder(of: file)
        let grant = try SignInGrant(decoding: AtomicFile.read(mine, limit: 4096))
        return grant.isGood(at: time) ? grant : nil
    }

    private func file(_ digest: [UInt8]) -> String { "\(path)/\(Hex.encode(digest))" }

    /// Removes what is over or unreadable.
    ///
    /// - Returns: how many are left.
    private func sweep(at time: UTCTime) throws -> Int {
        var left = 0
        for name in try AtomicFile.contents(ofFolder: path) {
            let file = "\(path)/\(name)"
            let grant = try? SignInGrant(decoding: AtomicFile.read(file, limit: 4096))
            if grant?.isGood(at: time) == true {
                left += 1
            } else if grant != nil || !AtomicFile.isTemporary(file) {
                unsafe unlink(file)
            }
        }
        return left
    }
}
