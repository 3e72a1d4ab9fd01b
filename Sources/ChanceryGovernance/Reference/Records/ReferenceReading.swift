internal import ChanceryWire

extension RecordReader {
    /// The package's identifiers: a prefix and 32 lower-case hexadecimal digits.
    mutating func referenceID(_ name: String, prefix: String) throws(WireError) -> String {
        let text = try string(name, limit: prefix.utf8.count + 32)
        try Self.checkReferenceID(text, prefix: prefix)
        return text
    }

    static func checkReferenceID(_ text: String, prefix: String) throws(WireError) {
        guard text.utf8.starts(with: prefix.utf8) else {
            throw WireError(.invalidValue, "an identifier starts with `\(prefix)`")
        }
        _ = try Hex.decode(Substring(text.utf8.dropFirst(prefix.utf8.count)), count: 16)
    }

    /// One of the texts of a closed list.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, of _: Choice.Type
    ) throws(WireError) -> Choice {
        let text = try string(name, limit: 64)
        // By bytes: a `String` takes two spellings of an accent for one.
        guard let choice = Choice.allCases.first(where: { $0.rawValue.utf8.elementsEqual(text.utf8) }) else {
            throw WireError(.invalidValue, "`\(text)` is no \(name)")
        }
        return choice
    }
}
