internal import ChanceryWire
internal import Foundation

/// Where a node can be reached, as its certificate says: a DNS name or an address.
public enum HostName: Sendable, Hashable, CustomStringConvertible {
    /// Lower-case labels of letters, digits and inner dashes, joined by dots; no wildcard.
    case dns(String)
    /// 4 bytes (IPv4) or 16 (IPv6).
    case address([UInt8])

    /// Reads an address, or else a DNS name.
    ///
    /// - Throws: `transport.certificate_refused` for anything else.
    public init(_ text: String) throws(TransportError) {
        if let bytes = Self.parse(text, AF_INET, 4) ?? Self.parse(text, AF_INET6, 16) {
            self = .address(bytes)
        } else if Self.isName(text.utf8) {
            self = .dns(text)
        } else {
            throw TransportError(.certificateRefused, "`\(text)` is neither a lower-case DNS name nor an address")
        }
    }

    public var description: String {
        switch self {
        case .dns(let name): name
        case .address(let bytes): Self.text(bytes)
        }
    }

    /// Whether `bytes` may stand in a certificate as a DNS name (RFC 1123 §2.1). All digits would be an address.
    static func isName(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
        let labels = bytes.split(separator: 0x2e, omittingEmptySubsequences: false)
        return bytes.count <= 253 && labels.last?.allSatisfy(isDigit) == false
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != 0x2d && label.last != 0x2d
                    && label.allSatisfy { isDigit($0) || (0x61...0x7a).contains($0) || $0 == 0x2d }
            }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func parse(_ text: String, _ family: Int32, _ count: Int) -> [UInt8]? {
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return unsafe inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    private static func text(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard unsafe inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return Hex.encode(bytes) }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
