internal import ChanceryWire

/// Who says which programs there are. Whoever asks checks what it is told.
public protocol ProgramDirectory: Sendable {
    func program(_ id: [UInt8]) async throws -> ProgramStatement
    /// The ids of programs that are said to go by `alias` too.
    func programs(aliased alias: [UInt8]) async throws -> [[UInt8]]
}

/// The program that somebody means: named by its id, or by the seed's id of the one that its owner made it from.
///
/// Nothing is taken from the directory but where to look. The package under a name has that id, or says itself that it goes by
/// the name; an installed program with the id comes before any alias. An alias is its owner's word and no more, so callers show
/// the ``id``.
public struct NamedProgram: Sendable {
    public let content: ProgramContent
    /// Whether the name is only what the owner calls the program.
    public let isAlias: Bool

    public var id: [UInt8] { content.id }

    /// - Throws: `custodian.unknown_program` for a name that is no program's, or of several; `custodian.program_refused` for a
    ///   package that does not answer to the name.
    public init(
        _ name: [UInt8], from directory: some ProgramDirectory,
        read: ProgramContent.Reader = { try ProgramContent(package: $0) }
    ) async throws {
        do {
            content = try await Self.content(name, directory, read)
            isAlias = false
            return
        } catch let error as CustodianError where error.reason == .unknownProgram {
            let found = Set(try await directory.programs(aliased: name))
            guard let only = found.first else { throw error }
            guard found.count == 1 else {
                throw CustodianError(
                    .unknownProgram,
                    "\(found.count) programs were made from `\(Hex.encode(name))`; name one by its own id")
            }
            content = try await Self.content(only, directory, read)
        }
        guard content.alias == name else {
            throw CustodianError(.programRefused, "the package does not say that it was made from `\(Hex.encode(name))`")
        }
        isAlias = true
    }

    private static func content(
        _ id: [UInt8], _ directory: some ProgramDirectory, _ read: ProgramContent.Reader
    ) async throws -> ProgramContent {
        let content = try read(await directory.program(id).package)
        guard content.id == id else {
            throw CustodianError(.programRefused, "the package that came has another id than the one that was asked for")
        }
        return content
    }
}
