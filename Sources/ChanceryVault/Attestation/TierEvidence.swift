public import ChanceryWire

/// What shows on what machine a key would be used.
public enum EvidenceKind: String, Sendable, CaseIterable {
    /// TPM 2.0 quote: measured boot, not a TEE. Never enough for tier 2.
    case tpmQuote = "tpm-quote"
    /// AMD SEV-SNP report.
    case sevSNP = "sev-snp"
    /// Intel TDX quote.
    case tdx
    /// NVIDIA GPU in confidential mode.
    case nvidiaGPU = "nvidia-gpu"
    /// Devices on the bus (TDISP, TEE-I/O).
    case deviceIO = "tee-io"

    var isProcessor: Bool { self == .sevSNP || self == .tdx }
}

/// Evidence that a verifier checked against endorsements and signed reference values (RFC 9334: an appraisal result).
///
/// Only verifiers inside the product make one: nothing that a configuration, environment or request says does.
public struct AppraisedEvidence: Sendable, Equatable {
    /// How long a result counts, in seconds.
    public static let longestLifetime: Int64 = 3600

    public let kind: EvidenceKind
    /// The verifier's nonce that the evidence covers: 32 bytes.
    public let nonce: [UInt8]
    /// SHA3-256 of the KEM key that the evidence binds: what is released goes to that key alone.
    public let boundKey: [UInt8]
    public let appraised: UTCTime
    public let expires: UTCTime

    package init(
        _ kind: EvidenceKind, nonce: [UInt8], boundKey: [UInt8], appraised: UTCTime, lifetime: Int64 = longestLifetime
    ) {
        self.kind = kind
        self.nonce = nonce
        self.boundKey = boundKey
        self.appraised = appraised
        expires = appraised.advanced(bySeconds: min(max(lifetime, 0), Self.longestLifetime))
    }

    func counts(for key: [UInt8], at now: UTCTime) -> Bool {
        boundKey == key && nonce.count == 32 && appraised <= now && now < expires
    }
}
