extension TransportError.Reason {
    /// The bytes are not a certificate of our profile in its one encoding, or not PEM of it.
    public static let certificateMalformed = Self(rawValue: "transport.certificate_malformed")
    /// No authority of the federation signed it.
    public static let certificateUntrusted = Self(rawValue: "transport.certificate_untrusted")
    /// It, or its authority, is not valid at that time.
    public static let certificateExpired = Self(rawValue: "transport.certificate_expired")
    /// It is genuine and belongs to another node than the one that was called.
    public static let peerUnexpected = Self(rawValue: "transport.peer_unexpected")
    /// A certificate with these names, times or keys is not issued.
    public static let certificateRefused = Self(rawValue: "transport.certificate_refused")
}

extension TransportError {
    static func malformed(_ detail: String) -> TransportError { TransportError(.certificateMalformed, detail) }
}
