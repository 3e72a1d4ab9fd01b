/// What an artifact is. The raw values are those of pqc-enclave-sdk.
public enum ArtifactKind: String, Sendable, CaseIterable {
    case modelWeights = "model-weights"
    case loraAdapter = "lora-adapter"
    case tokenizer
    case credential
    case biometricTemplate = "biometric-template"
    case inferenceCache = "inference-cache"
    case safetyModel = "safety-model"
    case other

    /// Whether the content tree in the manifest is blinded with the data key.
    ///
    /// A hash of a short secret lets its reader try guesses. Models and tokenizers are not guessable, and for them anybody
    /// who has the content shall be able to say which manifest it belongs to.
    public var isBlinded: Bool {
        switch self {
        case .modelWeights, .loraAdapter, .tokenizer, .safetyModel: false
        case .credential, .biometricTemplate, .inferenceCache, .other: true
        }
    }
}

/// How well an artifact is protected (HIP-5). The tier is bound into manifest, bodies and wrapped keys.
public enum PrivacyTier: UInt8, Sendable, CaseIterable, Comparable {
    /// Signed, sealed content; it may be public.
    case open = 0
    /// The wrapping key lies outside the data folder.
    case sealed = 1
    /// A trusted execution environment shows evidence before the key is released.
    case attested = 2
    /// Also the accelerator shows evidence over the same nonce.
    case accelerated = 3
    /// Also the devices on the bus show evidence.
    case isolated = 4

    public static func < (left: PrivacyTier, right: PrivacyTier) -> Bool { left.rawValue < right.rawValue }
}
