internal import ChanceryAPI
internal import ChanceryWire

/// Which bytes of some content a client asks for (RFC 9110 §14).
struct ContentRange: Sendable, Equatable {
    /// Bytes of the whole content.
    let total: UInt64
    let bytes: Range<UInt64>
    /// Whether a range was asked for: the answer is 206 then.
    let isPartial: Bool

    /// What `header` asks for. What is no byte range, and more than one range, is ignored as RFC 9110 allows: the answer is
    /// the whole. So is the last part of content that is empty, which no `Content-Range` can express.
    ///
    /// - Throws: ``UnsatisfiableRange`` for a range that begins at the end or after it.
    init(_ header: String?, of total: UInt64) throws(UnsatisfiableRange) {
        self.total = total
        guard let header, let (first, last) = Self.parse(header) else {
            (bytes, isPartial) = (0..<total, false)
            return
        }
        switch (first, last) {
        case (let first?, let last):
            guard first < total else { throw UnsatisfiableRange(total: total) }
            bytes = first..<min(total, last.map { $0 == .max ? .max : $0 + 1 } ?? total)
            isPartial = true
        case (nil, let suffix?):
            guard suffix > 0 else { throw UnsatisfiableRange(total: total) }
            bytes = (total - min(total, suffix))..<total
            isPartial = total > 0
        case (nil, nil): (bytes, isPartial) = (0..<total, false)
        }
    }

    /// Whether `header` names bytes that content of `total` bytes does not have.
    static func reaches(beyond total: UInt64, _ header: String?) -> Bool {
        switch header.flatMap({ parse($0) }) {
        case (let first?, let last)?: first >= total || last.map { $0 >= total } ?? false
        case (nil, let suffix?)?: suffix > total
        case (nil, nil)?, nil: false
        }
    }

    /// `first-last`, `first-` or `-suffix`; nil for anything else.
    private static func parse(_ header: String) -> (first: UInt64?, last: UInt64?)? {
        let unit = "bytes="
        guard header.utf8.count <= 64, header.prefix(unit.count).lowercased() == unit else { return nil }
        let parts = header.dropFirst(unit.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, !(parts[0].isEmpty && parts[1].isEmpty) else { return nil }
        var numbers: [UInt64?] = []
        for part in parts {
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            // A number that no content reaches stands for its end.
            numbers.append(part.isEmpty ? nil : UInt64(part) ?? .max)
        }
        if let first = numbers[0], let last = numbers[1], last < first { return nil }
        return (numbers[0], numbers[1])
    }

    /// The value of `Content-Range`.
    var header: String { "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/\(total)" }
}

/// The content has no such bytes; the client hears how many there are.
struct UnsatisfiableRange: CodedError {
    let total: UInt64
    var code: String { APIError.Reason.rangeNotSatisfiable.rawValue }
    var detail: String { "the content has \(total) bytes" }
}
