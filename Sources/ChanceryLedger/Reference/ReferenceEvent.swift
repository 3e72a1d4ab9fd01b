internal import ChancerySuite
internal import ChanceryWire

/// An event as the reference looks at it: nothing is required, unknown versions are taken for AISS-1.0.
struct ReferenceEvent {
    let object: JSONObject

    init?(_ value: JSONValue) {
        guard let object = value.object else { return nil }
        self.object = object
    }

    var version: String? { object["version"]?.string }
    var previousHash: String? { object["previous_hash"]?.string }

    /// How the reference reads a version: a prefix decides.
    var profile: EventProfile {
        guard let version, version.utf8.starts(with: "AISS-2".utf8) else { return .aiss1 }
        return version == EventProfile.aiss21.rawValue ? .aiss21 : .aiss20
    }

    /// The event hash; nil where the event has no canonical form.
    var hash: String? {
        let detached: Set<String> = profile == .aiss21 ? Event.detached(.aiss21) : Event.detached(.aiss1)
        guard let bytes = try? profile.form.encode(object.removing(detached)) else { return nil }
        return Event.hash(bytes, profile)
    }

    /// Whether the signatures verify, read as leniently as the reference reads them.
    func isSigned(classical: [UInt8], postQuantum: [UInt8]?) -> Bool {
        switch profile {
        case .aiss1:
            guard let text = object["signature"]?.string, let signature = LaxBase64.decode(text),
                let keys = try? AISSKeys(classical: classical),
                let message = try? CanonicalForm.aiss1.encode(object.removing(Event.detached(.aiss1)))
            else { return false }
            return keys.areValid(.classical(signature), for: message)
        case .aiss20, .aiss21:
            guard let postQuantum, let keys = try? AISSKeys(classical: classical, postQuantum: postQuantum),
                let signatures = hybridSignatures,
                let body = try? profile.form.encode(object.removing(Event.detached(profile)))
            else { return false }
            return keys.areValid(signatures, for: profile == .aiss21 ? HybridDomain.event.message(body) : body)
        }
    }

    private var hybridSignatures: EventSignatures? {
        guard let entries = object["signatures"]?.object, let first = entries["classical"]?["signature"]?.string,
            let second = entries["post_quantum"]?["signature"]?.string
        else { return nil }
        let (classical, postQuantum) =
            profile == .aiss21
            ? (
                try? SignatureText.decodePrefixed(first, count: SignatureAlgorithm.ed25519.signatureBytes),
                try? SignatureText.decodePrefixed(second, count: SignatureAlgorithm.mlDSA65.signatureBytes)
            )
            : (
                try? SignatureText.decodeBase58(first, count: SignatureAlgorithm.ed25519.signatureBytes),
                LaxBase64.decode(second)
            )
        guard let classical, let postQuantum else { return nil }
        return .hybrid(classical: classical, postQuantum: postQuantum)
    }
}
