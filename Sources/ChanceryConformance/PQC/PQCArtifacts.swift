internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire

/// `artifacts.json`: encrypted artifacts of pqc-enclave-sdk, and altered copies with what becomes of them.
enum PQCArtifacts {
    static let runner = VectorRunner("encrypted artifacts of the seed") {
        $0.name == "artifacts.json" && $0.json?["artifacts"]?.array != nil && $0.json?["checks"]?.array != nil
    } run: { file, _, log in
        let document = try file.document
        var bases: [String: JSONValue] = [:]
        for test in try document.list("artifacts") {
            let id = try test.text("id")
            bases[id] = test
            log.run("artifact \(id)") {
                let stated = try test.stated("artifact")
                let artifact = try SeedArtifact(stated)
                $0.equal("additional data", try artifact.associatedData, try test.hex("aad_hex"))
                $0.equal("what is written again", artifact.json, stated)
                $0.equal("outcome", try outcome(stated, test.hex("key")), "ok:" + (try test.text("plaintext")))
            }
        }
        for (number, test) in try document.list("checks").enumerated() {
            let id = try test.text("base")
            guard let base = bases[id] else { throw MissingStatement(path: "base") }
            log.run("check \(number) of \(id) (\(try test.text("why")))") {
                var artifact = try base.stated("artifact")
                for change in try test.record("set").members {
                    artifact = artifact.setting(change.name.replacing("/", with: "."), to: change.value)
                }
                $0.equal("outcome", try outcome(artifact, base.hex("key")), try test.text("outcome"))
            }
        }
    }

    /// In the words of the vectors: the content, or the class of error that the package raises.
    private static func outcome(_ artifact: JSONValue, _ key: [UInt8]) throws -> String {
        var key = key
        let secret = SecretBytes(erasing: &key)
        do {
            return "ok:" + Hex.encode(try SeedArtifact(artifact).open(secret))
        } catch let error as VaultError where error.reason == .seedUnknownKind {
            return "raises ValueError"
        } catch let error as VaultError where error.reason == .seedDecryptionFailed {
            return "raises DecryptionError"
        }
    }
}
