internal import ChanceryNode
internal import Foundation
internal import NIOCore

/// A Unix socket: who is at its other end, and the file that it is.
enum LocalSocket {
    /// As the kernel has it (`struct ucred`, unix(7)).
    private struct Credentials {
        var process: Int32 = 0
        var user: UInt32 = .max
        var group: UInt32 = .max
    }

    /// The user who connected.
    static func user(of channel: any Channel) async throws -> UInt32? {
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        let credentials: Credentials = try await provider.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        ).get()
        return credentials.user == .max ? nil : credentials.user
    }

    /// Takes away the socket that a process before this one left behind.
    ///
    /// - Throws: `node.already_exists` when something else stands at the path.
    static func clear(_ path: String) throws {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard !isAnswering(path) else {
            throw NodeError(.alreadyExists, "another server answers at `\(path)`; nothing was changed")
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw NodeError(.alreadyExists, "`\(path)` is there and is no socket; nothing was changed")
        }
        unsafe unlink(path)
    }

    /// Lets every user of this machine connect: whom it counts is decided by who they are. Or nobody but its owner.
    static func open(_ path: String, toAll: Bool) { unsafe chmod(path, toAll ? 0o666 : 0o600) }

    /// Whether somebody takes connections at the path.
    private static func isAnswering(_ path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        return unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe UnsafeMutableRawPointer(pointer).advanced(by: 2).copyMemory(from: bytes, byteCount: bytes.count)
            return unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
