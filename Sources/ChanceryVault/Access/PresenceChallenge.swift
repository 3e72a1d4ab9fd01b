public import ChancerySuite
public import ChanceryWire

/// A question to a person: are you there, and is this what you want? At most 60 seconds old when answered, and answered
/// once (rule V8).
public struct PresenceChallenge: Sendable, Equatable {
    public static let type = "chancery/vault-presence/v1"
    public static let longestMilliseconds: Int64 = 60_000

    public let vault: VaultID
    public let principal: String
    public let artifact: ArtifactID
    public let manifest: ManifestDigest
    public let right: AccessRight
    /// 32 random bytes.
    public let nonce: [UInt8]
    public let issued: UTCTime

    var body: JSONObject {
        [
            "artifact": .string(artifact.text), "issued": .string(issued.text), "manifest": .string(manifest.text),
            "nonce": .string(Base64.url.encode(nonce)), "principal": .string(principal), "right": .string(right.rawValue),
            "vault": .string(vault.text),
        ]
    }

    /// RFC 8785 of the question: what a device shows or confirms.
    public var bytes: [UInt8] {
        do { return try CanonicalForm.jcs.encode(body) } catch {
            preconditionFailure("texts have a canonical form")
        }
    }

    /// Whether an answer at `time` comes too late, as far as the clock of whoever answers can tell.
    public func isOld(at time: UTCTime) -> Bool {
        time.milliseconds - issued.milliseconds > Self.longestMilliseconds
    }

    /// The question as it travels to whoever answers.
    public var json: JSONValue { .object(body) }

    /// Reads what ``json`` wrote.
    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "question of presence")
        let right = try reader.string("right", limit: 16)
        guard let right = AccessRight(rawValue: right) else {
            throw VaultError(.policyMalformed, "`\(right)` is no right")
        }
        vault = try VaultID(reader.string("vault", limit: 64))
        // Shown to a person: a name holds no control characters.
        principal = try AuthenticatedCaller(
            principal: reader.string("principal", limit: RateBook.principalBytes), bundle: "-"
        ).principal
        artifact = try ArtifactID(reader.string("artifact", limit: 64))
        manifest = try ManifestDigest(reader.string("manifest", limit: 64))
        self.right = right
        nonce = try reader.bytes("nonce", count: 32)
        issued = try reader.time("issued")
        try reader.finish()
    }

    init(
        vault: VaultID, principal: String, artifact: ArtifactID, manifest: ManifestDigest, right: AccessRight,
        nonce: [UInt8], issued: UTCTime
    ) {
        self.vault = vault
        self.principal = principal
        self.artifact = artifact
        self.manifest = manifest
        self.right = right
        self.nonce = nonce
        self.issued = issued
    }

    /// The answer of `person`, signed with their own key.
    public func answer(as person: String, by signer: RecordSigner) throws -> PresenceAnswer {
        var body = body
        body["person"] = .string(person)
        return .signed(try VerifiedRecord.sign(body, type: Self.type, by: [signer]).bytes)
    }
}

/// What comes back.
public enum PresenceAnswer: Sendable, Equatable {
    /// A record of the type `chancery/vault-presence/v1`.
    case signed([UInt8])
    /// A device asked the person; only ``CallbackBackend`` makes one.
    case confirmed(DeviceConfirmation)
}

/// Word of a custody provider that it asked the person about exactly this question.
public struct DeviceConfirmation: Sendable, Equatable {
    public let backend: CustodyLabel
    public let challenge: PresenceChallenge

    init(backend: CustodyLabel, challenge: PresenceChallenge) {
        self.backend = backend
        self.challenge = challenge
    }
}

/// Somebody whose answers count.
public struct EnrolledPerson: Sendable {
    /// Such as `apr_…`.
    public let id: String
    /// Made where the purpose of the key was checked.
    public let key: RecordVerifier
    public let notBefore: UTCTime
    public let notAfter: UTCTime

    public init(id: String, key: RecordVerifier, notBefore: UTCTime, notAfter: UTCTime) {
        self.id = id
        self.key = key
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}
