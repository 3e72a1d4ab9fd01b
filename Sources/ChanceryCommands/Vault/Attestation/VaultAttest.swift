internal import ArgumentParser
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation

/// The verifier's nonce.
struct ChallengeOptions: ParsableArguments {
    private static let byteCount = 32

    @Option(help: ArgumentHelp("The verifier's challenge: 32 random bytes in hex.", valueName: "hex")) var challenge: String?
    @Option(help: ArgumentHelp("A file with the challenge, in hex or as 32 bytes.", valueName: "file")) var challengeFile:
        String?

    func validate() throws {
        guard (challenge == nil) != (challengeFile == nil) else {
            throw ValidationError("give --challenge or --challenge-file")
        }
    }

    func nonce() throws -> [UInt8] {
        var text = challenge ?? ""
        if let challengeFile {
            let bytes = try UserFile.read(challengeFile, limit: 1024)
            if bytes.count == Self.byteCount { return bytes }
            text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return try UsageError.reading("the challenge") { try Hex.decode(text.lowercased(), count: Self.byteCount) }
    }
}

/// What the machine says about itself.
struct DeviceOptions: ParsableArguments {
    @Option(help: "What the machine is; its system and processor without it.") var model: String?
    @Option(help: "Who vouches for the place of the keys.") var vendor = "none"

    var description: DeviceDescription { DeviceDescription(model: model ?? Self.machine, vendor: vendor) }

    private static var machine: String {
        var name = utsname()
        guard unsafe uname(&name) == 0 else { return "unknown" }
        func text<Field>(_ field: Field) -> String {
            unsafe withUnsafeBytes(of: field) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return text(name.sysname).lowercased() + " " + text(name.machine)
    }
}

struct VaultAttest: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest", abstract: "State, in answer to a verifier's challenge, that this vault holds a version.",
        discussion: """
            The statement names the content's digest, the keys, the root of the catalogue and how sure it is (`software`: no \
            place of custody of this version proves what it is). It counts for whoever enrolled this vault with `vault device`, for the \
            challenge and until it expires; it is on record.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var which: VersionArguments
    @OptionGroup var challenge: ChallengeOptions
    @OptionGroup var device: DeviceOptions
    @Option(help: ArgumentHelp("How long it counts (s, m, h), 1h at most.", valueName: "time")) var lifetime = "5m"
    @Option(help: ArgumentHelp("The file to write; it must not exist. Default: standard output.", valueName: "file"))
    var out: String?

    var access: Home.Access { .writing("vault attest") }

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        let nonce = try challenge.nonce()
        let seconds = try TimeSpan(lifetime, option: "--lifetime").seconds
        guard seconds <= DeviceAttestation.longestLifetime else { throw UsageError("--lifetime is at most 1h") }
        let vault = try home.unlockedVault(passphrase, options)
        let attestation = try vault.attest(
            which.entry(vault, for: "attest"), nonce: nonce, lifetime: seconds, device: device.description,
            by: VaultCaller.local)
        try UserFile.write(attestation.record.bytes, to: out)
        try options.showWritten(["attestation": .string(Hex.encode(attestation.record.id))], to: out)
    }
}

struct VaultDevice: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "Write what a verifier enrols of this vault: a list for `verify-attestation --trust`.",
        discussion: """
            Hand the file over in a way that the verifier trusts: whoever takes it over believes this key. Several lists are \
            one when their `devices` are. After `identity rotate vault` it is handed over again.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var device: DeviceOptions
    @Option(help: ArgumentHelp("How long it is enrolled (d), 366d at most.", valueName: "time")) var lifetime = "366d"
    @Option(help: ArgumentHelp("The file to write; it must not exist. Default: standard output.", valueName: "file"))
    var out: String?

    var access: Home.Access { .writing("vault device") }

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        let seconds = try TimeSpan(lifetime, option: "--lifetime").seconds
        guard seconds <= 366 * 86_400 else { throw UsageError("--lifetime is at most 366d") }
        let (terms, key) = try home.unlockedVault(passphrase, options).enrolment(device.description, lifetime: seconds)
        try UserFile.write(CanonicalForm.jcs.encode(TrustList.json(terms, key: key)), to: out)
        try options.showWritten(["vault": .string(terms.vault.text)], to: out)
    }
}
