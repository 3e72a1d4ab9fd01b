internal import ChanceryOracle
internal import ChanceryWire

extension ComputePolicy {
    /// Reads a policy as people write it: any JSON of the record's members, which alone has to be canonical.
    init(file path: String) throws {
        let value = try UsageError.reading("`\(path)`") { () throws -> JSONValue in
            try JSONParser.parse(UserFile.read(path, limit: 1 << 16))
        }
        try self.init(decoding: CanonicalForm.jcs.encode(value))
    }
}
