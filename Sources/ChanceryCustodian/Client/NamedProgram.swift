internal import ChanceryWire

/// Who says which programs there are. Whoever asks checks what it is told.
public protocol ProgramDirectory: Sendable {
    func program(_ id: [UInt8]) async throws -> ProgramStatement
    /// The ids of programs that are said to go by `alias` too.
    func programs(aliased alias: [UInt8]) async throws -> [[UInt8]]
}

/// The program that somebody means: named by its id, or, where they say so, by the seed's id of the one that its owner made it from.
///
/// Nothing is taken from the directory but where to look. The package under an id has that id, whatever else is said to go by it. An
/// alias is its owner's word and no more: a directory that hides a program may have an owner who calls another one by its id. So
/// aliases are asked for as such, and callers show the ``id``.
public struct NamedProgram: Sendable {
    public let content: ProgramContent
    /// Whether the name is only what the owner calls the program.
    public let isAlias: Bool

    public var id: [UInt8] { content.id }

    /// The program with an id.
    ///
    /// - Throws: `custodian.unknown_program`; `custodian.program_refused` for a package with another id.
    public init(
        _ id: [UInt8], from directory: some ProgramDirectory,
        read: ProgramContent.Reader = { try ProgramContent(package: $0) }
    ) async throws {
        content = try read(await directory.program(id).package)
        isAlias = false
        guard content.id == id else {
            throw CustodianError(.programRefused, "the package that came has another id than the one that was asked for")
        }
    }

    /// The program that its owner made from the one with the seed's id `alias`.
    ///
    /// - Throws: `custodian.unknown_program` for an alias of none, or of several; `custodian.program_refused` for a package that does
    ///   not answer to it.
    public init(
        aliased alias: [UInt8], from directory: some ProgramDirectory,
        read: ProgramContent.Reader = { try ProgramContent(package: $0) }
    ) async throws {
        let found = Set(try await directory.programs(aliased: alias))
        guard let only = found.first, found.count == 1 else {
            throw CustodianError(
                .unknownProgram,
                found.isEmpty
                    ? "no program was made from `\(Hex.encode(alias))`"
                    : "\(found.count) programs were made from `\(Hex.encode(alias))`; name one by its own id")
        }
        content = try await Self(only, from: directory, read: read).content
        isAlias = true
        guard content.alias == alias else {
            throw CustodianError(.programRefused, "the package does not say that it was made from `\(Hex.encode(alias))`")
        }
    }
}
