import ChancerySuite
import ChanceryVault
import ChanceryWire

/// A request that everything allows, and one thing at a time that does not.
struct SampleAccess {
    var caller: AuthenticatedCaller
    var kind = ArtifactKind.credential
    var right = AccessRight.read
    var artifact: ArtifactID
    var manifest: ManifestDigest
    var presence: PresenceAnswer?
    var isUnlocked = true
    var isFrozen = false
    var writ: AccessStanding.Writ?
    var tier = TierVerdict.satisfied(.sealed)
    var now = Sample.start

    init() throws {
        caller = try AuthenticatedCaller(principal: "ak_1", bundle: "com.a")
        artifact = try Sample.artifact(1)
        manifest = try Sample.manifest(1)
        writ = AccessStanding.Writ(id: Sample.bytes(9), generation: 4, leaseEnd: Sample.after(60))
    }

    var request: AccessRequest {
        AccessRequest(caller, artifact: artifact, kind: kind, manifest: manifest, right: right, presence: presence)
    }

    var standing: AccessStanding {
        AccessStanding(isUnlocked: isUnlocked, writ: writ, isFrozen: isFrozen, tier: tier)
    }

    func ask(_ desk: inout AccessDesk, _ policy: AccessPolicy, _ persons: [EnrolledPerson] = [], monotonic: Int64 = 0)
        -> AccessVerdict
    {
        desk.decide(request, under: policy, standing, persons: persons, now: now, monotonic: monotonic)
    }

    func ask(_ policy: AccessPolicy) -> AccessVerdict {
        var desk = AccessDesk()
        return ask(&desk, policy)
    }
}

/// A person with a key of their own.
struct SamplePerson {
    let id: String
    let key: SigningKey<Purpose.Record>

    init(_ number: Int) throws {
        id = "apr_\(number)"
        key = try Sample.recordKey(number)
    }

    var signer: RecordSigner { RecordSigner(key) }
    var enrolled: EnrolledPerson {
        EnrolledPerson(
            id: id, key: RecordVerifier(key.publicKey), notBefore: Sample.start, notAfter: Sample.after(Sample.day))
    }
}
