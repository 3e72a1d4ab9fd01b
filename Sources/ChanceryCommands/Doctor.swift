internal import ArgumentParser
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the cryptography of this binary and what this host can and cannot do.")

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let outcomes = SelfTest.run()
        let secret = SecretBytes(count: 32)
        let host: [(String, String)] = [
            ("provider", "swift-crypto 4.5.2 (BoringSSL 0226f304)"),
            ("validation", "FIPS 203 and 204 algorithms, not a validated module"),
            (
                "secrets",
                secret.memoryIsLocked ? "locked in memory, erased after use" : "erased after use; not locked (RLIMIT_MEMLOCK)"
            ),
            ("ML-KEM keys", "the library's own key objects exist during an operation and are not erased by it"),
            (
                "custody",
                "passphrase file (scrypt N=2^17, AES-256-GCM) or unencrypted file; no hardware backend in this version"
            ),
            ("TPM", Self.exists("/dev/tpmrm0") ? "present, not used by this version" : "none"),
            (
                "TEE",
                ["/dev/sev-guest", "/dev/tdx_guest"].contains(where: Self.exists) ? "present, not used by this version" : "none"
            ),
            (
                "rollback",
                "seen through the high-water file outside the home; a rollback of both is not detected without a witness"
            ),
        ]
        let json: JSONValue = [
            "host": .object(JSONObject(host.map { .init(name: $0.0, value: .string($0.1)) })),
            "self_tests": .array(
                outcomes.map { ["detail": .string($0.detail), "name": .string($0.name), "passed": .bool($0.passed)] }),
            "version": .string(Version.text),
        ]
        try options.show(json) {
            let tests = outcomes.map { "  \($0.passed ? "ok  " : "FAIL") \($0.name)\($0.passed ? "" : "  \($0.detail)")" }
            let facts = host.map { "  " + $0.0.padding(toLength: 12, withPad: " ", startingAt: 0) + $0.1 }
            return (["chancery \(Version.text)", "known-answer tests"] + tests + ["host"] + facts).joined(separator: "\n")
        }
        if outcomes.contains(where: { !$0.passed }) { throw Stop(code: ExitStatus.failure) }
    }

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}
