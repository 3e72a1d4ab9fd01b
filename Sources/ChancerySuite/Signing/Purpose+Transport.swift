extension Purpose {
    /// Certificates of a federation's authority (RFC 5280), whose format has no context.
    public enum CA: KeyPurpose {
        public static let name = "ca"
        public static let signsWithContext = false
    }
    /// Handshakes of TLS 1.3 (RFC 8446 §4.4.3), whose format has no context of FIPS 204.
    public enum TLS: KeyPurpose {
        public static let name = "tls"
        public static let signsWithContext = false
    }
}
