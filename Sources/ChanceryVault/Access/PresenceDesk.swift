internal import ChancerySuite
public import ChanceryWire

/// The open questions of presence. They live in memory: a restart voids them all.
public struct PresenceDesk: Sendable {
    public static let mostOpen = 1024
    /// Open questions of one principal: nobody keeps others from asking.
    public static let mostOpenOfOne = 16
    /// Providers of custody whose confirmations count; none unless the operator names one.
    public var trustedDevices: Set<CustodyLabel> = []

    private var open: [[UInt8]: (challenge: PresenceChallenge, asked: Int64)] = [:]

    public init() {}

    public var count: Int { open.count }

    /// Asks a question. `nonce` is 32 fresh random bytes.
    ///
    /// - Throws: `vault.policy_malformed` for another nonce or one that is open, `vault.presence_busy` with 1,024 open
    ///   questions, or 16 of the caller.
    public mutating func ask(
        _ caller: AuthenticatedCaller, artifact: ArtifactID, manifest: ManifestDigest, right: AccessRight = .read,
        vault: VaultID,
        nonce: [UInt8], now: UTCTime, monotonic: Int64
    ) throws(VaultError) -> PresenceChallenge {
        open = open.filter { Self.isFresh($0.value.asked, at: monotonic) }
        guard open.count < Self.mostOpen else { throw VaultError(.presenceBusy, "\(open.count) questions are open") }
        let own = open.values.count { $0.challenge.principal.utf8.elementsEqual(caller.principal.utf8) }
        guard own < Self.mostOpenOfOne else { throw VaultError(.presenceBusy, "\(own) questions of this caller are open") }
        guard nonce.count == 32, open[nonce] == nil else {
            throw VaultError(.policyMalformed, "a question of presence has 32 fresh random bytes")
        }
        let challenge = PresenceChallenge(
            vault: vault, principal: caller.principal, artifact: artifact, manifest: manifest, right: right, nonce: nonce,
            issued: now)
        open[nonce] = (challenge, monotonic)
        return challenge
    }

    /// Takes out the question that the answer in `request` answers, for the time of a decision: nobody else can use it
    /// meanwhile. A question that another principal asked stays where it is: who learned of it cannot keep it from them.
    package mutating func lend(for request: AccessRequest) -> PresenceDesk {
        var desk = PresenceDesk()
        desk.trustedDevices = trustedDevices
        guard let answer = request.presence, let nonce = nonce(of: answer), let question = open[nonce],
            question.challenge.principal.utf8.elementsEqual(request.caller.principal.utf8)
        else { return desk }
        open[nonce] = nil
        desk.open[nonce] = question
        return desk
    }

    /// Puts back what the decision left open.
    package mutating func takeBack(_ desk: PresenceDesk) { open.merge(desk.open) { own, _ in own } }

    /// Who answered, if the answer in `request` is one to a question that was asked about exactly this request: an enrolled
    /// person's id, or the label of the custody provider that asked.
    ///
    /// A valid answer closes its question; the desk keeps that only for a request that it allows. A false one does not: else a
    /// stranger could close the questions of others.
    mutating func redeem(
        _ request: AccessRequest, _ persons: [EnrolledPerson], now: UTCTime, monotonic: Int64
    ) -> String? {
        guard let answer = request.presence, let (challenge, asked) = question(of: answer),
            Self.isFresh(asked, at: monotonic), challenge.principal.utf8.elementsEqual(request.caller.principal.utf8),
            challenge.artifact == request.artifact, challenge.manifest == request.manifest, challenge.right == request.right
        else { return nil }
        let present: String
        switch answer {
        case .signed(let bytes):
            guard let person = Self.person(of: bytes, challenge, persons, at: now) else { return nil }
            present = person.id
        case .confirmed(let confirmation):
            guard confirmation.challenge == challenge, trustedDevices.contains(confirmation.backend) else { return nil }
            present = confirmation.backend.text
        }
        open[challenge.nonce] = nil
        return present
    }

    private func question(of answer: PresenceAnswer) -> (challenge: PresenceChallenge, asked: Int64)? {
        nonce(of: answer).flatMap { open[$0] }
    }

    private func nonce(of answer: PresenceAnswer) -> [UInt8]? {
        switch answer {
        case .signed(let bytes):
            (try? UnverifiedRecord(decoding: bytes, limit: 1 << 16))?.body["nonce"]?.string
                .flatMap { try? Base64.url.decode($0) }
        case .confirmed(let confirmation): confirmation.challenge.nonce
        }
    }

    /// The enrolled person who signed exactly this question.
    private static func person(
        of bytes: [UInt8], _ challenge: PresenceChallenge, _ persons: [EnrolledPerson], at now: UTCTime
    ) -> EnrolledPerson? {
        guard let record = try? UnverifiedRecord(decoding: bytes, limit: 1 << 16), let id = record.body["person"]?.string,
            let person = persons.first(where: { $0.id.utf8.elementsEqual(id.utf8) }),
            person.notBefore <= now, now <= person.notAfter,
            let verified = try? record.verify(type: PresenceChallenge.type, by: [person.key]),
            verified.body.removing(["person", "type"]) == challenge.body
        else { return nil }
        return person
    }

    /// A clock that went back makes a question old.
    private static func isFresh(_ asked: Int64, at now: Int64) -> Bool {
        let (age, overflow) = now.subtractingReportingOverflow(asked)
        return !overflow && (0...PresenceChallenge.longestMilliseconds).contains(age)
    }
}

extension VaultError.Reason {
    /// Too many questions of presence are open.
    public static let presenceBusy = Self(rawValue: "vault.presence_busy")
}
