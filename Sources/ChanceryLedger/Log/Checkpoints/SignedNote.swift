public import ChanceryWire

/// Text with signature lines (c2sp.org/signed-note). Nobody has checked a signature yet.
public struct SignedNote: Sendable, Hashable {
    /// One signature line.
    public struct Line: Sendable, Hashable {
        public let name: NoteName
        /// The first four bytes of what the line encodes.
        public let keyID: UInt32
        /// The rest: 1…8192 bytes.
        public let signature: [UInt8]

        public init(name: NoteName, keyID: UInt32, signature: [UInt8]) throws(WireError) {
            guard (1...SignedNote.longestSignature).contains(signature.count) else {
                throw WireError(.invalidValue, "a signature has 1 to \(SignedNote.longestSignature) bytes")
            }
            self.name = name
            self.keyID = keyID
            self.signature = signature
        }

        var encoded: String {
            let id = (0..<4).map { UInt8(truncatingIfNeeded: keyID >> UInt32(24 - 8 * $0)) }
            return "\u{2014} \(name) \(Base64.standard.encode(id + signature))\n"
        }
    }

    /// The most bytes that are read.
    public static let longest = 1 << 18
    public static let longestSignature = 8192
    /// The most signature lines that are read; the standard asks for 16 at least.
    public static let mostLines = 64

    /// The signed text with its final newline.
    public let text: [UInt8]
    // Invariant: no two lines have the same name and key id.
    public let lines: [Line]

    /// - Throws: `wire.duplicate_key` for two lines of one key, and the errors of ``init(decoding:)``.
    public init(text: [UInt8], lines: [Line]) throws(WireError) {
        try Self.checkText(text)
        guard text.last == 0x0a else {
            throw WireError(.truncated, "the text of a note ends with a newline", offset: text.count)
        }
        guard (1...Self.mostLines).contains(lines.count) else {
            throw WireError(.invalidValue, "a note has 1 to \(Self.mostLines) signature lines, found \(lines.count)")
        }
        struct Key: Hashable {
            let name: NoteName
            let id: UInt32
        }
        guard Set(lines.map { Key(name: $0.name, id: $0.keyID) }).count == lines.count else {
            throw WireError(.duplicateKey, "two signature lines of one key")
        }
        self.text = text
        self.lines = lines
    }

    /// The note's bytes.
    public var encoded: [UInt8] { text + [0x0a] + lines.flatMap { Array($0.encoded.utf8) } }

    /// Reads exactly what ``encoded`` writes.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Self.longest else { throw WireError(.tooLong, "a note has at most \(Self.longest) bytes") }
        try Self.checkText(bytes)
        guard let blank = bytes.indices.dropFirst().last(where: { bytes[$0] == 0x0a && bytes[$0 - 1] == 0x0a }) else {
            throw WireError(.truncated, "a note has an empty line before its signatures", offset: bytes.count)
        }
        guard bytes.last == 0x0a, blank + 1 < bytes.count else {
            throw WireError(.truncated, "a note ends with a signature line", offset: bytes.count)
        }
        var lines: [Line] = []
        var position = blank + 1
        for line in bytes[position...].dropLast().split(separator: 0x0a, omittingEmptySubsequences: false) {
            guard lines.count < Self.mostLines else {
                throw WireError(.tooLong, "a note has at most \(Self.mostLines) signature lines", offset: position)
            }
            lines.append(try Self.line(line))
            position = line.endIndex + 1
        }
        try self.init(text: Array(bytes[..<blank]), lines: lines)
    }

    private static func line(_ bytes: ArraySlice<UInt8>) throws(WireError) -> Line {
        let dash = Array("\u{2014} ".utf8)
        let parts = bytes.dropFirst(dash.count).split(separator: 0x20, omittingEmptySubsequences: false)
        guard bytes.starts(with: dash), parts.count == 2, let name = String(validating: parts[0], as: UTF8.self) else {
            throw WireError(.invalidValue, "a signature line reads `\u{2014} name base64`", offset: bytes.startIndex)
        }
        let payload = try Base64.standard.decode(String(decoding: parts[1], as: UTF8.self))
        return try Line(
            name: NoteName(name), keyID: payload.prefix(4).reduce(0) { $0 << 8 | UInt32($1) },
            signature: Array(payload.dropFirst(4)))
    }

    private static func checkText(_ bytes: [UInt8]) throws(WireError) {
        if let place = bytes.firstIndex(where: { $0 < 0x20 && $0 != 0x0a }) {
            throw WireError(.invalidCharacter, "a control character in a note", offset: place)
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw WireError(.invalidUTF8, "a note is not valid UTF-8")
        }
    }
}
