internal import ChanceryVault
internal import Glibc

/// An open connection to a TPM: bytes of one command out, bytes of its answer in.
struct TPMLink: ~Copyable {
    private static let longestAnswer = 4096
    /// Making a key may take a slow chip several seconds.
    private static let patience: Int32 = 60_000

    private let descriptor: Int32
    private let name: String

    /// - Throws: `vault.custody_unavailable` when nobody is there.
    init(_ address: TPMAddress) throws(VaultError) {
        name = address.description
        descriptor =
            switch address.place {
            case .device(let path): unsafe open(path, O_RDWR | O_CLOEXEC)
            case .socket(let path): Self.connect(path)
            case .port(let host, let port): Self.connect(host, port)
            }
        guard descriptor >= 0 else {
            throw VaultError(.custodyUnavailable, "the TPM at `\(address)` cannot be reached: \(Self.reason())")
        }
    }

    deinit { close(descriptor) }

    private static func reason() -> String { unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)" }

    private static func connect(_ path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isShort = unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard path.utf8.count < room.count else { return false }
            unsafe room.copyBytes(from: path.utf8)
            return true
        }
        guard isShort else { return -1 }
        return connect(AF_UNIX, &address)
    }

    private static func connect(_ host: String, _ port: UInt16) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else { return -1 }
        return connect(AF_INET, &address)
    }

    private static func connect<Address>(_ family: Int32, _ address: inout Address) -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return -1 }
        let size = socklen_t(MemoryLayout<Address>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe Glibc.connect(descriptor, $0, size) }
        }
        guard result == 0 else {
            let reason = errno
            close(descriptor)
            errno = reason
            return -1
        }
        return descriptor
    }

    /// Sends one command and waits for its answer, a minute at most.
    ///
    /// - Throws: `vault.custody_unavailable` when the connection breaks, `vault.custody_failed` for an answer without form.
    func transmit(_ command: [UInt8]) throws(VaultError) -> [UInt8] {
        var sent = 0
        while sent < command.count {
            // A write to a socket whose other end is gone must not end the process.
            let count = unsafe command.withUnsafeBytes { bytes -> Int in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[sent...])
                let sent = unsafe send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                return unsafe sent < 0 && errno == ENOTSOCK ? write(descriptor, rest.baseAddress, rest.count) : sent
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw gone() }
            sent += count
        }
        return try receive()
    }

    private func receive() throws(VaultError) -> [UInt8] {
        var answer: [UInt8] = []
        while true {
            if answer.count >= 10 {
                let size = answer[2..<6].reduce(0) { $0 << 8 | Int($1) }
                guard (10...Self.longestAnswer).contains(size), answer.count <= size else {
                    throw VaultError(.custodyFailed, "the answer of the TPM states \(size) bytes")
                }
                if answer.count == size { return answer }
            }
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let state = unsafe poll(&ready, 1, Self.patience)
            if state < 0, errno == EINTR { continue }
            guard state > 0 else { throw gone() }
            var part = [UInt8](repeating: 0, count: Self.longestAnswer)
            let count = unsafe read(descriptor, &part, part.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw gone() }
            answer += part[..<count]
        }
    }

    private func gone() -> VaultError { VaultError(.custodyUnavailable, "the TPM at `\(name)` does not answer") }
}
