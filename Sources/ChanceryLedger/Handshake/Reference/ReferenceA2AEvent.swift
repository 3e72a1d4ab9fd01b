package import ChancerySuite
package import ChanceryWire

/// What the reference answers: nothing else than that. It never becomes something verified (rule L7).
package struct ReferenceA2AVerdict: Sendable, Equatable {
    /// The reference's error class; nil when it accepts.
    package let error: String?
    /// The 0-based index it names.
    package let index: Int?

    package init(error: String?, index: Int? = nil) {
        self.error = error
        self.index = index
    }

    package static let accepted = ReferenceA2AVerdict(error: nil)
}

/// How an AISS-1 signature is written: events use Base64, the reference's A2A events Base58.
package enum ReferenceEncoding: Sendable, CaseIterable {
    case base64, base58

    func decode(_ text: String) -> [UInt8]? {
        switch self {
        case .base64: try? Base64.standard.decode(text)
        // 64 bytes take at most 88 digits; more would only cost time.
        case .base58: text.utf8.count <= 88 ? try? Base58.decode(text) : nil
        }
    }
}

/// The little of AISS-1 that A2A and session events need: signature in either encoding, hash, linkage.
package struct ReferenceA2AEvent: Sendable {
    package let members: JSONObject
    /// The bytes that are hashed and signed.
    package let signedBytes: [UInt8]

    package init(_ event: JSONObject) throws(WireError) {
        members = event
        signedBytes = try CanonicalForm.aiss1.encode(event.removing(["signature", "trusted_timestamp"]))
    }

    /// The event hash, hexadecimal.
    package var hash: String { Hex.encode(Digest.sha256(signedBytes)) }

    package func isSigned(by key: PublicSignatureKey, encoding: ReferenceEncoding) -> Bool {
        guard let text = members["signature"]?.string, let signature = encoding.decode(text) else { return false }
        return key.isValid(signature, for: signedBytes)
    }

    /// Whether each event names the hash of the one before. The first may name anything.
    package static func areLinked(_ events: [ReferenceA2AEvent]) -> Bool { firstBrokenLink(events) == nil }

    private static func firstBrokenLink(_ events: [ReferenceA2AEvent]) -> Int? {
        events.indices.dropFirst().first { events[$0].members["previous_hash"] != .string(events[$0 - 1].hash) }
    }

    /// The reference's answer to a chain: signatures in Base64 first, then links.
    package static func verdict(_ events: [ReferenceA2AEvent], key: PublicSignatureKey) -> ReferenceA2AVerdict {
        let falseSignature = events.firstIndex { !$0.isSigned(by: key, encoding: .base64) }
        guard let index = falseSignature ?? firstBrokenLink(events) else { return .accepted }
        return ReferenceA2AVerdict(error: "InvalidChainError", index: index)
    }
}
