internal import ArgumentParser
internal import ChanceryGate
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryVault

/// The person who is there, for what is opened only then (rule V8).
struct PresenceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The private key file of an approver who is there; biometric kinds and rules with `presence` need one.",
            valueName: "file"))
    var presenceKey: String?
    @Option(help: ArgumentHelp("The first line of this file is the passphrase of that key.", valueName: "file"))
    var presencePassphraseFile: String?

    /// Nil when nobody is named.
    func person(_ options: GlobalOptions) throws -> PresentPerson? {
        guard let presenceKey else {
            guard presencePassphraseFile == nil else { throw UsageError("--presence-passphrase-file goes with --presence-key") }
            return nil
        }
        let bytes = try UserFile.read(presenceKey, limit: UserFile.identityLimit)
        let source = presencePassphraseFile.map { PassphraseSource.file($0) } ?? PassphraseSource.none
        return PresentPerson(try ApproverKeyFile.open(bytes, source.opening(APIKeyFile.custody(of: bytes), options)))
    }
}

/// An approver who opened their key.
struct PresentPerson {
    private let key: SigningKey<Purpose.Approval>

    init(_ key: SigningKey<Purpose.Approval>) { self.key = key }

    func answer(_ question: PresenceChallenge) throws -> [UInt8] {
        guard case .signed(let bytes) = try question.answer(as: Approver.id(of: key.publicKey), by: RecordSigner(key)) else {
            throw SystemFailure(detail: "a person's answer is signed")
        }
        return bytes
    }
}
