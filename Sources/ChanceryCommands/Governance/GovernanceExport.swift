internal import ArgumentParser
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

/// What a decision can be written as for programs that are not ours.
enum ForeignFormat: String, ExpressibleByArgument, CaseIterable {
    case pqaid = "pqaid-v0"
}

struct GovernanceExport: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a decision as the result that users of pqc-ai-governance read.",
        discussion: """
            The format signs a bare digest, so it has a key of its own (rule K1), which no home has until --new-key makes one; its \
            DID goes to standard error. A result holds no votes: its readers take the signer's word. Strangers get \
            `certificate export` instead.
            """)

    private static let label = "pqaid-v0/ml-dsa-65"

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument(help: "The proposal's id, or how it begins.") var proposal: String
    @Option(help: "The form; there is one.") var format: ForeignFormat
    @Option(help: ArgumentHelp("The key file that signs.", valueName: "file")) var key: String
    @Flag(help: "Make the key file; it must not exist.") var newKey = false
    @Option(help: ArgumentHelp("Also write the proposal in the package's form, unsigned.", valueName: "file"))
    var proposalOut: String?
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        try UserFile.requireFree(proposalOut)
        let view = try home.desk.view()
        let proposal = try view.proposal(proposal)
        guard let index = view.slot(of: proposal.id).map({ Int($0) - 1 }) else {
            throw GovernanceError(
                .notPassed, "the proposal is not decided: \(view.standing(of: proposal, at: Home.now()).text)")
        }
        let before = try DecisionFile(genesis: view.genesis, decisions: Array(view.decisions.prefix(index))).head.state
        let block = view.decisions[index].block
        let certificates = block.items.compactMap { item -> BallotCertificate? in
            guard
                case .certificate(let found)? = try? BlockItem(verifying: item, after: before), found.proposal.id == proposal.id
            else { return nil }
            return found
        }
        guard let certificate = certificates.first else {
            throw GovernanceError(.certificateMalformed, "the decision of slot \(index + 1) does not hold the proposal")
        }
        let translation = try ReferenceTranslation(proposal)
        let signer = try openSigner()
        let result = try signer.result(of: certificate, total: certificate.committee.totalWeight, at: block.context.time)
        if let proposalOut { try UserFile.write(CanonicalForm.jcs.encode(translation.members), to: proposalOut) }
        try UserFile.write(Array(result.text.utf8), to: out)
        options.remark("signed as \(signer.did)")
        try options.showWritten(["proposal": .string(translation.id), "signer": .string(signer.did.text)], to: out)
    }

    private func openSigner() throws -> ReferenceSigner {
        if newKey {
            try UserFile.requireFree(key)
            let seed = SecretBytes.random(count: SignatureSuite.mlDSA65.seedBytes)
            let file = try KeyFile([KeyFileEntry(Self.label, seed.duplicate())])
            try UserFile.write(passphrase.creating(options).protect(file), to: key, mode: 0o600)
            return try ReferenceSigner(SigningKey(.mlDSA65, seed: seed))
        }
        let bytes = try UserFile.read(key, limit: 1 << 20)
        let custody: KeyCustody = KeyFile.looksEncrypted(bytes) ? .passphrase : .unencrypted
        guard let entry = try passphrase.opening(custody, options).open(bytes)[Self.label] else {
            throw NodeError(.keyMissing, "the key file holds no `\(Self.label)`")
        }
        return try ReferenceSigner(SigningKey(.mlDSA65, seed: entry.secret.duplicate()))
    }
}
