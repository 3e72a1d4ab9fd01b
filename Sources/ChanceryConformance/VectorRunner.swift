public import ChanceryWire

/// Which answers the vectors are held against.
public enum ConformanceMode: Sendable {
    /// `recommended_*` where a case states it: what a sound verifier answers.
    case strict
    /// The verdicts of the reference implementation, holes included.
    case compat
}

/// A file of vectors.
public struct VectorFile: Sendable {
    /// The last component of its path, which is part of how it is recognised.
    public let name: String
    public let bytes: [UInt8]
    /// The parsed text; nil when the file is not JSON.
    public let json: JSONValue?
    /// Reads another file of the same folder or of one below it, for vectors that refer to each other.
    public let sibling: @Sendable (_ name: String) throws -> [UInt8]

    public init(name: String, bytes: [UInt8], sibling: @escaping @Sendable (String) throws -> [UInt8]) {
        self.name = name
        self.bytes = bytes
        json = try? JSONParser.parse(bytes, limits: .init(bytes: 64 << 20, depth: 64))
        self.sibling = sibling
    }
}

/// Runs the cases of one kind of file.
public struct VectorRunner: Sendable {
    /// The kind of file, for the report.
    public let title: String
    /// Whether this runner knows the file, by its name and top-level shape and never by its folder.
    public let recognises: @Sendable (VectorFile) -> Bool
    public let run: @Sendable (VectorFile, ConformanceMode, inout CaseLog) async throws -> Void

    public init(
        _ title: String, recognises: @escaping @Sendable (VectorFile) -> Bool,
        run: @escaping @Sendable (VectorFile, ConformanceMode, inout CaseLog) async throws -> Void
    ) {
        self.title = title
        self.recognises = recognises
        self.run = run
    }
}
