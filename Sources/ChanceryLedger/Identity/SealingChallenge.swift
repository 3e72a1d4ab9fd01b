public import ChancerySuite
internal import ChanceryWire

/// Lets whoever relies on a sealing key see that its owner holds it: a KEM key cannot sign its own proof of possession,
/// so enrolment asks it to open something (rule K2).
///
/// The message is HPKE to the X-Wing key of one identity document; the answer is a hash, so a challenge never serves to
/// open anything else that was sealed to the key.
public struct SealingChallenge: Sendable {
    public static let type = "chancery/sealing-challenge/v1"

    /// What the owner is sent.
    public let message: SealedMessage
    private let expected: [UInt8]

    /// `secret` is 32 random bytes that nobody else knows.
    public init(to document: IdentityDocument, secret: [UInt8]) throws(SuiteError) {
        guard secret.count == 32 else { throw SuiteError(.invalidParameters, "a challenge hides 32 random bytes") }
        message = try document.sealingKey.seal(secret, info: Self.context(document))
        expected = Self.digest(secret, document)
    }

    /// The owner's answer.
    ///
    /// - Throws: `suite.open_failed` when the message is not for this key and document.
    public static func answer(
        _ message: SealedMessage, for document: IdentityDocument, with key: DecapsulationKey
    ) throws(SuiteError) -> [UInt8] {
        digest(try key.open(message, info: context(document)), document)
    }

    /// Whether `answer` shows possession of the key. Constant time.
    public func isAnswered(by answer: [UInt8]) -> Bool {
        constantTimeEqual(answer, expected)
    }

    private static func context(_ document: IdentityDocument) -> [UInt8] { Array(type.utf8) + [0] + document.hash }

    private static func digest(_ secret: [UInt8], _ document: IdentityDocument) -> [UInt8] {
        Digest.sha3_256(context(document) + secret)
    }
}
