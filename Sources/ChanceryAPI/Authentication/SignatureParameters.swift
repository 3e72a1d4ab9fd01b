internal import ChanceryWire

/// The covered components and the parameters of a `Signature-Input`, each exactly once.
struct SignatureParameters {
    let created: UTCTime
    let expires: UTCTime
    let nonce: RequestNonce
    let keyID: String
    let algorithm: String

    private static let names: Set<String> = ["created", "expires", "nonce", "keyid", "alg", "tag"]

    init(_ scanner: inout FieldScanner) throws(WireError) {
        try scanner.take(HTTPMessageSignature.components)
        var numbers: [String: Int64] = [:]
        var texts: [String: String] = [:]
        while !scanner.isAtEnd {
            try scanner.take(";")
            let name = try scanner.name()
            try scanner.take("=")
            guard Self.names.contains(name) else {
                throw WireError(.unknownMember, "the signature parameter `\(name)` is unknown")
            }
            guard numbers[name] == nil, texts[name] == nil else {
                throw WireError(.duplicateKey, "the signature parameter `\(name)` stands there twice")
            }
            if name == "created" || name == "expires" {
                numbers[name] = try scanner.integer()
            } else {
                texts[name] = try scanner.string()
            }
        }
        guard let created = numbers["created"], let expires = numbers["expires"], let nonce = texts["nonce"],
            let keyID = texts["keyid"], let algorithm = texts["alg"], let tag = texts["tag"]
        else { throw WireError(.missingMember, "a signature parameter is missing") }
        guard tag == HTTPMessageSignature.tag else {
            throw WireError(.invalidValue, "the signature is for another application")
        }
        try RequestSignature.checkKeyID(keyID)
        self.created = try RequestSignature.time(created)
        self.expires = try RequestSignature.time(expires)
        self.nonce = try RequestNonce(text: nonce)
        self.keyID = keyID
        self.algorithm = algorithm
    }
}

/// Reads a structured field (RFC 9651) in the one spelling that its serialisation has: no optional spaces.
struct FieldScanner {
    private var bytes: ArraySlice<UInt8>

    init(_ text: String) { bytes = Array(text.utf8)[...] }

    var isAtEnd: Bool { bytes.isEmpty }
    var rest: String { String(decoding: bytes, as: UTF8.self) }

    mutating func take(_ text: String) throws(WireError) {
        guard bytes.starts(with: text.utf8) else { throw failure("`\(text)` was expected") }
        bytes = bytes.dropFirst(text.utf8.count)
    }

    /// The name of a dictionary member or parameter.
    mutating func name() throws(WireError) -> String {
        let taken = bytes.prefix { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || "_-.*".utf8.contains($0) }
        guard let first = taken.first, (0x61...0x7a).contains(first) || first == 0x2a, taken.count <= 32 else {
            throw failure("a name was expected")
        }
        bytes = bytes.dropFirst(taken.count)
        return String(decoding: taken, as: UTF8.self)
    }

    /// A name and its equals sign.
    mutating func label() throws(WireError) -> String {
        let label = try name()
        try take("=")
        return label
    }

    /// Decimal digits without a sign or a leading zero.
    mutating func integer() throws(WireError) -> Int64 {
        let digits = bytes.prefix { (0x30...0x39).contains($0) }
        guard (1...15).contains(digits.count), digits.count == 1 || digits.first != 0x30 else {
            throw failure("an integer was expected")
        }
        bytes = bytes.dropFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// A quoted string without escapes.
    mutating func string() throws(WireError) -> String {
        try take("\"")
        let taken = bytes.prefix { (0x20...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c }
        bytes = bytes.dropFirst(taken.count)
        try take("\"")
        return String(decoding: taken, as: UTF8.self)
    }

    /// A byte sequence, `:base64:`.
    mutating func byteSequence() throws(WireError) -> [UInt8] {
        try take(":")
        let taken = bytes.prefix { $0 != 0x3a }
        bytes = bytes.dropFirst(taken.count)
        try take(":")
        return try Base64.standard.decode(String(decoding: taken, as: UTF8.self))
    }

    func finish() throws(WireError) {
        guard isAtEnd else { throw WireError(.trailingBytes, "a header holds more than one value") }
    }

    private func failure(_ what: String) -> WireError { WireError(.invalidCharacter, "\(what) in a signature header") }
}
