internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

struct APIKeyInit: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make the identity `api`, under which this home signs what keys are used for.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions

    var access: Home.Access { .creating("api-key init") }

    func run(in home: Home) throws {
        let document = try home.keeper.create(IdentityName(Home.usageName), protection: passphrase.creating(options))
        try options.show(["did": .string(document.did.text), "name": .string(document.name)]) {
            "usage is signed by \(document.did)\nnext: start `chancery serve` again"
        }
    }
}

struct APIKeyUsage: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "Sum up what keys were used for, and verify the records of it.",
        discussion: """
            Ends with 4 when the chain of usage has a gap, was changed, or is shorter than it was. A running server writes down \
            at the latest after a minute. A record stands whole or not at all in the sum, so --from and --to are exact to a \
            minute.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The key's id; all keys when left out.") var key: String?
    @Option(help: "From this time on: 2026-11-21T10:40:00.000Z or seconds since 1970.") var from: String?
    @Option(help: "Until this time.") var to: String?

    func run(in home: Home) throws {
        guard try home.keepsUsage, let document = try home.keeper.documents(of: IdentityName(Home.usageName)).last else {
            throw NodeError(.notFound, "this home keeps no usage; `chancery api-key init` begins it")
        }
        let report = try UsageReport(
            of: document.did, store: home.store, registry: home.registry, mark: home.usageMark(), keyID: key,
            from: from.map { try UserTime.read($0) }, until: to.map { try UserTime.read($0) })
        let json: JSONValue = [
            "findings": .array(report.findings.map { .string($0) }), "keys": .array(report.sums.map(Self.json)),
        ]
        try options.show(json) {
            var table = Table(["key", "name", "requests", "refused", "bytes in", "bytes out", "from", "to"])
            for sum in report.sums {
                let usage = sum.usage
                table.add([
                    sum.keyID, sum.principal, "\(usage.admitted)", "\(usage.refused)", "\(usage.bytesIn)",
                    "\(usage.bytesOut)", usage.from.text, usage.to.text,
                ])
            }
            return ([table.text] + report.findings.map { "FAULT  \($0)" }).joined(separator: "\n")
        }
        if !report.findings.isEmpty { throw Stop(code: ExitStatus.verificationFailed) }
    }

    private static func json(_ sum: UsageReport.Sum) -> JSONValue {
        let usage = sum.usage
        let answers = usage.answers.sorted { $0.key < $1.key }
        return [
            "admitted": .integer(usage.admitted),
            "answers": .array(
                answers.map { answer, count in
                    ["count": .integer(count), "route": .string(answer.route), "status": .integer(Int64(answer.status))]
                }),
            "bytes_in": .integer(usage.bytesIn), "bytes_out": .integer(usage.bytesOut), "from": .string(usage.from.text),
            "key_id": .string(sum.keyID), "principal": .string(sum.principal), "records": .integer(Int64(sum.records)),
            "refused": .integer(usage.refused), "to": .string(usage.to.text),
        ]
    }
}
