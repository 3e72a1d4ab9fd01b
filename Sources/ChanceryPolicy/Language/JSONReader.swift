internal import ChanceryWire

/// Reads a JSON policy into the same tree as YAML, with places and with every number as it is written.
struct JSONReader {
    private let text: PolicyText
    private var offset = 0

    private init(_ text: PolicyText) { self.text = text }

    static func read(_ text: PolicyText, _ findings: inout FindingLog) -> PolicyNode? {
        do {
            _ = try JSONParser.parse(text.bytes, limits: .init(bytes: PolicyText.largest, depth: PolicyNode.deepest))
        } catch {
            let code: PolicyError.Reason =
                switch error.reason {
                case .duplicateKey: .duplicateKey
                case .tooDeep: .tooDeep
                default: .syntax
                }
            findings.error(code, error.detail, text.position(of: error.offset ?? 0))
            return nil
        }
        // From here on the text is known to be JSON of bounded depth: places are all that is still wanted.
        var reader = JSONReader(text)
        return reader.node()
    }

    private var byte: UInt8 { offset < text.bytes.count ? text.bytes[offset] : 0 }

    private mutating func skipSpace() {
        while byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { offset += 1 }
    }

    private mutating func node() -> PolicyNode {
        skipSpace()
        let at = text.position(of: offset)
        switch byte {
        case 0x7b:
            var entries: [PolicyNode.Entry] = []
            forEachElement(until: 0x7d) { reader in
                let at = reader.text.position(of: reader.offset)
                let name = reader.string()
                reader.skipSpace()
                reader.offset += 1
                entries.append(.init(name: name, at: at, value: reader.node()))
            }
            return PolicyNode(content: .map(entries), at: at)
        case 0x5b:
            var elements: [PolicyNode] = []
            forEachElement(until: 0x5d) { elements.append($0.node()) }
            return PolicyNode(content: .list(elements), at: at)
        case 0x22: return PolicyNode(content: .scalar(string(), plain: false), at: at)
        default:
            let start = offset
            while offset < text.bytes.count, !Array(",]} \t\r\n".utf8).contains(byte) { offset += 1 }
            let word = String(decoding: text.bytes[start..<offset], as: UTF8.self)
            return PolicyNode(content: .scalar(word, plain: true), at: at)
        }
    }

    private mutating func forEachElement(until end: UInt8, _ body: (inout JSONReader) -> Void) {
        offset += 1
        skipSpace()
        while byte != end, offset < text.bytes.count {
            body(&self)
            skipSpace()
            if byte == 0x2c { offset += 1 }
            skipSpace()
        }
        offset += 1
    }

    private mutating func string() -> String {
        let start = offset
        offset += 1
        while offset < text.bytes.count, byte != 0x22 { offset += byte == 0x5c ? 2 : 1 }
        offset += 1
        let token = Array(text.bytes[start..<min(offset, text.bytes.count)])
        return (try? JSONParser.parse(token))?.string ?? ""
    }
}
