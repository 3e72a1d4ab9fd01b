internal import ChanceryNode
internal import ChanceryStorage
internal import Foundation

/// The place of the one agent of a home's vault, for as long as this lives: two that start at once must not take the socket
/// from each other.
final class AgentClaim {
    /// What `sockaddr_un` takes, without its final zero.
    private static let longestPath = 107

    private let lock: FileLock

    /// - Throws: `node.already_exists` when an agent runs; `command.usage` for a home whose path is too long for a socket.
    init(_ home: Home) throws {
        let path = home.agentSocket
        guard path.utf8.count <= Self.longestPath else {
            throw UsageError("the path of the socket, `\(path)`, has more than \(Self.longestPath) bytes")
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try AtomicFile.makeFolder(folder)
        // The folder keeps others out from before the socket is there.
        guard unsafe chmod(folder, 0o700) == 0 else {
            throw NodeError(.storeUnavailable, "`\(folder)` cannot be kept from others")
        }
        do {
            lock = try FileLock(folder + "/agent.lock", timeout: .zero)
        } catch let error as NodeError where error.reason == .storeBusy {
            throw NodeError(.alreadyExists, "another agent holds the vault of this home; `chancery vault unlock` talks to it")
        }
    }
}
