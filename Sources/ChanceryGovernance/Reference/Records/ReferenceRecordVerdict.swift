/// Whether a record of the package says what its signer signed.
///
/// A type of its own on purpose (rule L7): it is for import, comparison and display. Nothing turns it into a verified
/// record of ours, and it never reaches a committee, a gate or evidence. Even an accepted result is the word of one
/// coordinator: it does not hold the votes that it counts.
public struct ReferenceRecordVerdict: Sendable, Equatable {
    public enum Refusal: String, Sendable, CaseIterable {
        /// Another signer is named in the signed part than beside the signature.
        case otherSigner = "other signer"
        /// The caller pinned no key for the signer.
        case unknownSigner = "unknown signer"
        /// The label is neither ML-DSA-65 nor ML-DSA-87.
        case unknownAlgorithm = "unknown algorithm"
        /// Key or signature does not have the size that FIPS 204 gives to the label.
        case wrongSize = "not of the size of FIPS 204"
        /// The label is not the algorithm of the pinned key.
        case mislabelled = "mislabelled"
        /// The public key in the record is not the one behind the signer's DID.
        case foreignKey = "foreign key"
        case falseSignature = "false signature"
    }

    /// Why the record is refused; nil when it is accepted.
    public let refusal: Refusal?

    public var isAccepted: Bool { refusal == nil }
}
