internal import ChanceryGovernance
internal import ChanceryWire

/// What a node must find again after a restart before it signs: the last entry, and the blocks of its slot.
struct SignerJournal {
    static let type = "chancery/signer-journal/v1"

    let entry: JournalEntry
    let blocks: [[UInt8]]

    func write(_ files: any FederationFiles, _ name: String) throws {
        let object: JSONObject = [
            "blocks": .array(blocks.map { .string(Base64.url.encode($0)) }),
            "entry": .string(Base64.url.encode(try entry.encoded())), "type": .string(Self.type),
        ]
        try files.setJournal(CanonicalForm.jcs.encode(object), of: name)
    }

    /// Says for ever that this home began a journal.
    static func mark(_ files: any FederationFiles) throws {
        if try files.read(.journalBegun) == nil { try files.write([], as: .journalBegun, replacing: true) }
    }

    /// Nil when there is none.
    ///
    /// - Throws: what is wrong with a damaged one, which is never taken for none.
    static func read(_ files: any FederationFiles, _ name: String) throws -> SignerJournal? {
        guard let bytes = try files.journal(name) else { return nil }
        var reader = try RecordReader(JSONParser.parse(bytes, limits: .document), "journal")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(type.utf8) else {
            throw GovernanceError(.journalInvalid, "the file is no `\(type)`")
        }
        let entry = try JournalEntry(decoding: Base64.url.decode(reader.string("entry", limit: JournalEntry.maximumBytes * 2)))
        let blocks = try reader.array("blocks", limit: 256).map { try Base64.url.decode($0.string ?? "") }
        try reader.finish()
        return SignerJournal(entry: entry, blocks: blocks)
    }
}
