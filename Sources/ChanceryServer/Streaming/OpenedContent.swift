internal import ChanceryAPI
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryVault

/// Which content of a version is asked for.
enum ContentPart: Sendable {
    /// One file, the only one when it is not named.
    case file(FilePath?)
    /// Every file, in the order of the manifest.
    case all
}

/// Files of a version as one content, each with its place in it.
struct WantedFiles: Sendable {
    struct Piece {
        let path: FilePath
        let range: Range<UInt64>
    }

    /// Tells the contents of one version apart.
    let name: String
    let length: UInt64
    let pieces: [Piece]

    /// - Throws: `api.invalid_parameter` where one of several files must be named, `vault.no_file`.
    init(_ part: ContentPart, of manifest: Manifest) throws {
        let files = manifest.terms.files
        let wanted: [ManifestFile]
        switch part {
        case .all:
            (name, wanted) = ("all", files)
        case .file(let path):
            guard let path = path ?? (files.count == 1 ? files.first?.path : nil) else {
                throw APIError(.invalidParameter, "the version has \(files.count) files; `file` names one")
            }
            guard let index = files.firstIndex(where: { $0.path == path }) else {
                throw VaultError(.noFile, "the artifact has no file `\(path)`")
            }
            (name, wanted) = ("\(index)", [files[index]])
        }
        var (pieces, place): ([Piece], UInt64) = ([], 0)
        for file in wanted {
            let (end, overflow) = place.addingReportingOverflow(file.length)
            guard !overflow else { throw VaultError(.bodyLength, "the version is longer than any content") }
            pieces.append(Piece(path: file.path, range: place..<end))
            place = end
        }
        self.pieces = pieces
        length = place
    }
}

/// Files of an opened version as one content.
struct OpenedContent: Sendable {
    private let opening: VaultOpening
    private let pieces: [WantedFiles.Piece]

    init(_ files: WantedFiles, of opening: VaultOpening) {
        self.opening = opening
        pieces = files.pieces
    }

    /// The bytes `range` of the whole, each file's checked against its manifest.
    func bytes(_ range: Range<UInt64>) async throws -> [UInt8] {
        // Also what is empty is looked at: its permit, its records.
        guard let first = pieces.first(where: { range.lowerBound < $0.range.upperBound }) ?? pieces.last else { return [] }
        if first.range.upperBound >= range.upperBound { return try await opening.bytes(inside(first, range), of: first.path) }
        var whole: [UInt8] = []
        whole.reserveCapacity(range.count)
        for piece in pieces where piece.range.overlaps(range) {
            var bytes = try await opening.bytes(inside(piece, range), of: piece.path)
            whole += bytes
            SecretBytes.erase(&bytes)
        }
        return whole
    }

    private func inside(_ piece: WantedFiles.Piece, _ range: Range<UInt64>) -> Range<UInt64> {
        let common = range.clamped(to: piece.range)
        return common.lowerBound - piece.range.lowerBound..<common.upperBound - piece.range.lowerBound
    }
}
