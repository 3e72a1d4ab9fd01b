/// Finds the hosts of URLs in a text, in every way that some reader of URLs takes it.
///
/// Source: RFC 3986 section 3.2 and the WHATWG URL standard, section 4.4, after which a backslash is a slash, the schemes of
/// the web need no slashes, tabs and line ends are dropped, and only the last `@` ends the user information.
enum URLHosts {
    /// The schemes that the WHATWG standard calls special and that name a host.
    private static let webSchemes: Set<[UInt8]> = Set(["http", "https", "ws", "wss", "ftp"].map { Array($0.utf8) })

    /// Longest part of an authority that is looked at: user information and host. A longer one is a host that no policy
    /// allows, see ``unreadable``.
    private static let authorityBytes = 1024
    /// Most hosts of one text: more than an action may name.
    private static let most = 32
    /// Stands for an authority that is too long to be read.
    private static let unreadable = "invalid.invalid"

    /// Every host, perhaps more than once.
    static func hosts(in text: String) -> [String] {
        let bytes = Array(text.utf8)
        var hosts: [String] = []
        if bytes.contains(0x3a) { hosts = within(bytes) + (whole(bytes).map { [$0] } ?? []) }
        if let host = relative(bytes) { hosts.append(host) }
        return hosts
    }

    /// The host that the text of a member called `host` or `url` names, whatever follows it.
    static func named(by text: String) -> [String] {
        let bytes = Array(text.utf8)
        guard !bytes.contains(0x3a) || !hosts(in: text).isEmpty || bytes.count < 260 else { return [unreadable] }
        let trimmed = bytes.drop { $0 <= 0x20 }
        // One slash begins a path, two are seen to by ``relative(_:)``.
        guard let first = trimmed.first, first != 0x2f, first != 0x5c else { return [] }
        // A URL with a scheme is read as one.
        if trimmed.firstRange(of: [0x3a, 0x2f, 0x2f]) != nil { return [] }
        return host(trimmed.prefix { $0 > 0x20 && !isEnd($0) }.afterUser).map { [$0] } ?? []
    }

    /// Of a text that begins with two slashes or backslashes: the scheme is that of the page or of the file system.
    private static func relative(_ bytes: [UInt8]) -> String? {
        let text = bytes.drop { $0 <= 0x20 }
        guard text.count > 2, text.prefix(2).allSatisfy({ $0 == 0x2f || $0 == 0x5c }) else { return nil }
        return host(text.drop { $0 == 0x2f || $0 == 0x5c }.prefix { $0 > 0x20 && !isEnd($0) }.afterUser)
    }

    /// A host in lower case without a dot at its end; nil for a text that is none.
    static func host(_ bytes: some Collection<UInt8>) -> String? {
        // By bytes: to take the last character off a long text again and again costs its length each time.
        let text = Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8)
        let host = text.prefix((text.lastIndex { $0 != 0x2e } ?? -1) + 1)
        guard (1...259).contains(host.count), host.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return nil }
        return String(decoding: host, as: UTF8.self)
    }

    /// Of URLs that stand somewhere in a text.
    private static func within(_ bytes: [UInt8]) -> [String] {
        var hosts: [String] = []
        for colon in bytes.indices where bytes[colon] == 0x3a {
            guard hosts.count < most else { return hosts }
            guard let rest = authority(bytes, after: colon)?.prefix(authorityBytes) else { continue }
            // RFC 3986 takes a backslash for a part of the user's name, browsers take it for a slash.
            let whole = rest.prefix { $0 > 0x20 && !(isEnd($0) && $0 != 0x5c) }
            if whole.count == authorityBytes { hosts.append(unreadable) }
            if whole.contains(0x5c), whole.contains(0x40),
                let host = host(whole.afterUser.prefix { !isEnd($0) && !isQuote($0) })
            {
                hosts.append(host)
            }
            let strict = rest.prefix { $0 > 0x20 && !isEnd($0) }
            let loose = strict.prefix { !isQuote($0) }
            if let host = host(loose.afterUser) { hosts.append(host) }
            // A quote ends a URL in a sentence, and is part of the user's name for whoever follows the URL.
            if strict.count > loose.count, strict[loose.endIndex...].contains(0x40),
                let host = host(strict.afterUser.prefix { !isQuote($0) })
            {
                hosts.append(host)
            }
        }
        return hosts
    }

    /// Of a text that is one URL as a whole, whatever blanks stand in it.
    private static func whole(_ bytes: [UInt8]) -> String? {
        let text = bytes.filter { $0 != 0x09 && $0 != 0x0a && $0 != 0x0d }.drop { $0 <= 0x20 }
        guard let colon = text.firstIndex(of: 0x3a), text.startIndex < colon, text[..<colon].allSatisfy(isScheme),
            let rest = authority(Array(text), after: colon - text.startIndex)
        else { return nil }
        return host(rest.prefix { !isEnd($0) }.afterUser)
    }

    /// What follows the slashes after a scheme; nil where no host follows.
    private static func authority(_ bytes: [UInt8], after colon: Int) -> ArraySlice<UInt8>? {
        let rest = bytes[(colon + 1)...]
        // No scheme of the web is longer.
        let before = bytes[max(0, colon - 8)..<colon]
        let start = before.lastIndex { !isScheme($0) }.map { $0 + 1 } ?? before.startIndex
        if webSchemes.contains(bytes[start..<colon].map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }) {
            return rest.drop { $0 == 0x2f || $0 == 0x5c }
        }
        return rest.starts(with: [0x2f, 0x2f]) ? rest.dropFirst(2) : nil
    }

    private static func isScheme(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2b, 0x2d, 0x2e: true
        default: false
        }
    }

    /// A slash, backslash, `?` or `#`.
    private static func isEnd(_ byte: UInt8) -> Bool { byte == 0x2f || byte == 0x5c || byte == 0x3f || byte == 0x23 }
    private static func isQuote(_ byte: UInt8) -> Bool { byte == 0x22 || byte == 0x27 || byte == 0x3e }
}

extension ArraySlice<UInt8> {
    /// What follows the last `@` of an authority.
    fileprivate var afterUser: ArraySlice<UInt8> { lastIndex(of: 0x40).map { self[($0 + 1)...] } ?? self }
}
