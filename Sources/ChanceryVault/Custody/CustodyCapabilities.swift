public import ChanceryWire

/// What a place of custody really does. Commands print it, tiers are judged by it; a place never claims more.
public struct CustodyCapabilities: Sendable, Equatable {
    /// Where the key is that opens what was sealed.
    public enum Placement: String, Sendable, CaseIterable {
        /// In the memory of this process: gone with it.
        case process
        /// In somebody's head or another file: derived anew at each unlock.
        case passphrase
        /// In a device of this machine.
        case device
        /// In a token or module behind an interface.
        case token
    }

    public enum Attestation: String, Sendable, CaseIterable {
        case none
        /// A TPM 2.0 quote: measured boot, not a TEE.
        case tpmQuote = "tpm-quote"
        /// A statement of the vendor's own form.
        case vendor
    }

    /// Lower-case words, such as `memory` or `passphrase-file`.
    public let name: CustodyLabel
    /// One sentence for people, limits included.
    public let summary: String
    public let placement: Placement
    public let isHardwareBacked: Bool
    /// Whether the key that opens what was sealed can leave its place.
    public let isExtractable: Bool
    public let attestation: Attestation
    /// Whether the place itself computes with post-quantum keys; else secrets enter memory while they are used.
    public let isPostQuantumNative: Bool
    /// Whether all this is the word of a provider that we cannot check.
    public let isClaimed: Bool

    public init(
        name: CustodyLabel, summary: String, placement: Placement, isHardwareBacked: Bool, isExtractable: Bool,
        attestation: Attestation = .none, isPostQuantumNative: Bool = false, isClaimed: Bool = false
    ) {
        self.name = name
        self.summary = summary.asErrorDetail
        self.placement = placement
        self.isHardwareBacked = isHardwareBacked
        self.isExtractable = isExtractable
        self.attestation = attestation
        self.isPostQuantumNative = isPostQuantumNative
        self.isClaimed = isClaimed
    }

    /// Whether a stolen disk alone opens nothing and the vault survives a restart: what tier 1 asks for.
    public var protectsAtRest: Bool { placement != .process }

    public var json: JSONValue {
        [
            "attestation": .string(attestation.rawValue), "claimed": .bool(isClaimed), "extractable": .bool(isExtractable),
            "hardware_backed": .bool(isHardwareBacked), "name": .string(name.text), "placement": .string(placement.rawValue),
            "post_quantum_native": .bool(isPostQuantumNative), "summary": .string(summary),
        ]
    }
}
