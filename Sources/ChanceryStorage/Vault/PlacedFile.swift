internal import ChanceryNode

/// A small file of a vault with its place on the disk.
struct PlacedFile: Sendable {
    let file: VaultFile
    /// The folder that is opened by its path, and those on the way down from it.
    let folders: [String]
    let name: String
    /// What it is called now, beside its place; else its name.
    private(set) var current: String

    /// - Throws: `vault.invalid_name`.
    init(_ file: VaultFile, in vault: VaultFolder) throws {
        let place = try vault.place(of: file)
        self.file = file
        folders = [place.root] + place.folders
        name = place.name
        current = place.name
    }

    func called(_ current: String) -> PlacedFile {
        var file = self
        file.current = current
        return file
    }
}
