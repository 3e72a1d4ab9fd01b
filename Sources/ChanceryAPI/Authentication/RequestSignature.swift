internal import ChancerySuite
internal import ChanceryWire

/// A signature as a request carries it, in either form, before anybody checked it.
struct RequestSignature {
    let keyID: String
    let algorithm: String
    let nonce: RequestNonce
    let created: UTCTime
    /// The end that the signer set; nil in the HIP-5 form, which has none.
    let expires: UTCTime?
    let value: [UInt8]
    /// What the signature covers.
    let message: [UInt8]
    /// The FIPS 204 context: empty for RFC 9421, so that no signature of one form is one of the other.
    let context: [UInt8]
    /// Whether the digest that is covered is that of the body.
    let coversBody: Bool

    /// The characters of a key id: visible ASCII without quotes and backslashes, at most 128.
    static func checkKeyID(_ text: String) throws(WireError) {
        guard (1...128).contains(text.utf8.count),
            text.utf8.allSatisfy({ RequestFacts.isVisible($0) && $0 != 0x22 && $0 != 0x5c })
        else { throw WireError(.invalidValue, "a key id is 1 to 128 visible ASCII characters") }
    }

    /// Seconds since 1970 within the calendar of our records.
    static func time(_ seconds: Int64) throws(WireError) -> UTCTime {
        guard (0...UTCTime.range.upperBound / 1000).contains(seconds) else {
            throw WireError(.numberOutOfRange, "a time lies between 1970 and 9999")
        }
        return UTCTime(seconds: seconds)
    }
}

extension VerifyingKey<Purpose.HTTP> {
    func isValid(_ signature: RequestSignature) -> Bool {
        suite == .mlDSA65 && parts[0].isValid(signature.value, for: signature.message, context: signature.context)
    }
}

extension SigningKey<Purpose.HTTP> {
    func sign(_ message: [UInt8], context: [UInt8]) throws(SuiteError) -> [UInt8] {
        guard suite == .mlDSA65 else { throw SuiteError(.unknownAlgorithm, "requests are signed with ML-DSA-65") }
        return try parts[0].sign(message, context: context)
    }
}
