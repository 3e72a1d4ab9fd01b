public import ChanceryVault

/// Where a TPM 2.0 is reached, written as the TPM2 Software Stack writes it: `device:/dev/tpmrm0`,
/// `swtpm:host=127.0.0.1,port=2321`, `swtpm:path=/run/swtpm.sock`.
public struct TPMAddress: Sendable, Equatable, CustomStringConvertible {
    enum Place: Equatable {
        case device(String)
        case socket(String)
        case port(host: String, UInt16)
    }

    /// The kernel's resource manager, which keeps users of one TPM apart.
    public static let standard = TPMAddress(.device("/dev/tpmrm0"), "device:/dev/tpmrm0")

    let place: Place
    public let description: String

    private init(_ place: Place, _ text: String) {
        self.place = place
        description = text
    }

    /// - Throws: `vault.custody_malformed` for another form, a host that is no IPv4 address, or a path over 100 bytes.
    public init(_ text: String) throws(VaultError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let place = parts.count == 2 ? Self.place(parts[0], parts[1]) : nil
        guard let place else {
            throw VaultError(
                .custodyMalformed,
                "`\(text.prefix(120))` is no TPM: `device:/dev/tpmrm0`, `swtpm:host=127.0.0.1,port=2321` or `swtpm:path=/socket`"
            )
        }
        self.init(place, text)
    }

    private static func place(_ kind: String, _ rest: String) -> Place? {
        switch kind {
        case "device": return isPath(rest) ? .device(rest) : nil
        case "swtpm":
            var settings: [String: String] = [:]
            for part in rest.split(separator: ",", omittingEmptySubsequences: false) {
                let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard pair.count == 2, settings.updateValue(pair[1], forKey: pair[0]) == nil else { return nil }
            }
            if settings.count == 1, let path = settings["path"] { return isPath(path) ? .socket(path) : nil }
            guard settings.count == 2, let host = settings["host"], let port = settings["port"].flatMap(UInt16.init), port > 0
            else { return nil }
            return .port(host: host == "localhost" ? "127.0.0.1" : host, port)
        default: return nil
        }
    }

    private static func isPath(_ text: String) -> Bool {
        text.hasPrefix("/") && text.utf8.count <= 100 && !text.utf8.contains(0)
    }

    /// Whether a program, not a chip, answers there.
    public var isSoftware: Bool {
        if case .device = place { return false }
        return true
    }
}
