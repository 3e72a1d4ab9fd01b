internal import ArgumentParser
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryWire

struct GovernanceImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Read records of pqc-ai-governance and say whether their signatures are true.",
        discussion: """
            Labelled pqaid-v0 and read only: nothing is stored, and nothing of it is decided, voted or granted here. A \
            signature counts when it is FIPS 204 and of a --signer, whose DID you know by another way than the file. An accepted \
            result is the word of its coordinator: it does not hold the votes. Exit code 4 unless all are accepted.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A proposal, vote or result in JSON, or an array of them; - for standard input.") var file: String
    @Option(help: ArgumentHelp("The DID of a member of the package; again for each.", valueName: "did"))
    var signer: [String] = []

    func run() throws {
        let trusted = try UsageError.reading("--signer") { try Set(signer.map { try DID($0) }) }
        let value = try JSONParser.parse(UserFile.read(file), limits: .document)
        var keyring = ReferenceKeyring()
        let records = try (value.array ?? [value]).map { value in
            keyring.pin(keyOf: value, among: trusted)
            let record = try ReferenceRecord(value)
            return (record, ReferencePackage.verifies(value, as: record.kind))
        }
        let rows = records.map { (record: $0, verdict: $0.verdict(keyring), package: $1) }
        try options.show(
            .array(
                rows.map {
                    [
                        "kind": .string($0.record.kind.rawValue), "package_verifies": .bool($0.package),
                        "profile": "pqaid-v0", "says": .string($0.record.summary),
                        "signer": .string($0.record.signer.text),
                        "verdict": .string($0.verdict.refusal?.rawValue ?? "accepted"),
                    ]
                })
        ) {
            var table = Table(["pqaid-v0", "verdict", "package", "signer", "says"])
            for row in rows {
                table.add([
                    row.record.kind.rawValue, row.verdict.refusal.map { "REFUSED: \($0.rawValue)" } ?? "accepted",
                    row.package ? "verifies" : "refuses", row.record.signer.text, Console.printable(row.record.summary),
                ])
            }
            return table.text + "\nread only: nothing of it is in force here"
        }
        guard rows.allSatisfy(\.verdict.isAccepted) else { throw Stop(code: ExitStatus.verificationFailed) }
    }
}
