import Foundation

/// HTTP/1.1 over one kept connection to a Unix socket: what an agent on the same machine would hold.
final class SocketClient {
    struct Answer {
        let status: Int
        let body: [UInt8]
    }

    private let descriptor: Int32
    private var unread: [UInt8] = []

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        guard descriptor >= 0, name.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw Failure(description: "`\(path)` is too long for a socket")
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw Failure(description: "nobody listens on `\(path)`")
        }
    }

    deinit { close(descriptor) }

    /// The bytes of a request, made once for many questions.
    static func request(_ method: String, _ target: String, _ body: [UInt8]) -> [UInt8] {
        let head = [
            "\(method) \(target) HTTP/1.1", "Host: localhost", "Content-Type: application/json",
            "Content-Length: \(body.count)",
            "", "",
        ]
        return Array(head.joined(separator: "\r\n").utf8) + body
    }

    func ask(_ request: [UInt8]) throws -> Answer {
        var rest = request[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Failure(description: "the server does not read any more") }
            rest = rest.dropFirst(count)
        }
        var end: Int?
        while end == nil {
            end = unread.indices.dropLast(3).first { unread[$0..<$0 + 4].elementsEqual([0x0d, 0x0a, 0x0d, 0x0a]) }
            if end == nil { try readMore() }
        }
        let lines = String(decoding: unread[..<(end ?? 0)], as: UTF8.self).components(separatedBy: "\r\n")
        let length = lines.lazy.map { $0.lowercased() }.first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
        guard let end, let length, let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure(description: "no answer with a length: \(lines)")
        }
        let start = end + 4
        while unread.count < start + length { try readMore() }
        defer { unread.removeFirst(start + length) }
        return Answer(status: status, body: Array(unread[start..<start + length]))
    }

    private func readMore() throws {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        let count = unsafe read(descriptor, &buffer, buffer.count)
        guard count > 0 else { throw Failure(description: "the server closed the connection") }
        unread += buffer[..<count]
    }
}
