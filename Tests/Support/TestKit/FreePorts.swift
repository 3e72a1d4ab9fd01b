import Foundation

/// Ports that nobody listens on.
public enum FreePorts {
    /// Below those that systems give to whoever connects.
    private static let range = 20_000..<32_000

    /// The first of `count` free ports in a row on loopback.
    public static func first(_ count: Int) throws -> Int {
        for _ in 0..<64 {
            let start = Int.random(in: range)
            if (start..<start + count).allSatisfy(isFree) { return start }
        }
        throw CocoaError(.featureUnsupported)
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
