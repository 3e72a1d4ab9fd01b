import ChanceryWire
import Foundation

/// What came back on a connection, taken apart as far as it goes.
struct RawAnswer: Sendable, CustomStringConvertible {
    let bytes: [UInt8]
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let text = String(decoding: bytes, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts[0].split(separator: "\r\n")
        status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
        headers = lines.dropFirst().reduce(into: [:]) { headers, line in
            let pair = line.split(separator: ":", maxSplits: 1)
            headers[pair[0].lowercased()] = pair.count == 2 ? pair[1].trimmingCharacters(in: .whitespaces) : ""
        }
        body = parts.count == 2 ? Array(parts[1].utf8) : []
    }

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue { (try? JSONParser.parse(body)) ?? .null }
    /// The code of a problem document.
    var code: String? { headers["content-type"] == "application/problem+json" ? json["code"]?.string : nil }
    var description: String { String(decoding: bytes.prefix(600), as: UTF8.self) }
}

/// A plain socket, so that nothing is put right on the way.
enum RawConnection {
    static func exchange(_ bytes: [UInt8], port: Int) async throws -> RawAnswer {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { RawAnswer(try blocking(bytes, port: port)) })
            }
        }
    }

    private static func blocking(_ bytes: [UInt8], port: Int) throws -> [UInt8] {
        let descriptor = try open(port: port)
        defer { close(descriptor) }
        // A server may refuse before it has read everything.
        _ = unsafe send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 || (count < 0 && errno == ECONNRESET) { return answer }
            guard count > 0 else { throw POSIXError(.ETIMEDOUT) }
            answer += buffer[..<count]
        }
    }

    /// A connection that gives up reading after two minutes: other tests may hold every core for long.
    static func open(port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var timeout = timeval(tv_sec: 120, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw POSIXError(.ECONNREFUSED) }
        return descriptor
    }
}
