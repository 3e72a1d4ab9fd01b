internal import CChanceryWeb
internal import ChancerySuite
internal import ChanceryWire

/// The pages of the dashboard, as they were compiled in.
public struct WebAssets: Sendable {
    struct File: Sendable {
        let bytes: [UInt8]
        let mediaType: String
        /// A strong validator (RFC 9110 §8.8.3), with its quotes.
        let tag: String
    }

    /// By name, as `index.html`.
    let files: [String: File]

    public init() {
        var files: [String: File] = [:]
        for index in 0..<chancery_web_count() {
            guard let name = unsafe chancery_web_name(index), let start = unsafe chancery_web_bytes(index) else { continue }
            let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: chancery_web_length(index)))
            let text = unsafe String(cString: name)
            files[text] = File(
                bytes: bytes, mediaType: Self.mediaType(of: text), tag: "\"\(Hex.encode(Digest.sha256(bytes).prefix(16)))\"")
        }
        self.files = files
    }

    private static func mediaType(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}
