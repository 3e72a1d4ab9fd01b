internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// `envelopes.json`: signed proposals, votes and results, and altered copies. Attestations belong to the vault.
enum PQCEnvelopes {
    static let runner = VectorRunner("signed records of the seed") {
        $0.name == "envelopes.json" && $0.json?["objects"]?.array != nil && $0.json?["checks"]?.array != nil
    } run: { file, mode, log in
        let document = try file.document
        var keyring = ReferenceKeyring()
        for test in try document.list("identities") {
            log.run("identity \(try test.text("name"))") {
                guard let algorithm = SignatureAlgorithm(rawValue: try test.text("algorithm")) else {
                    return $0.isTrue("the algorithm is known, which", false)
                }
                var seed = try test.hex("seed")
                let key = try PrivateSignatureKey(algorithm, seed: .taking(&seed))
                $0.equal("public key", key.publicKey, try test.hex("public_key"))
                $0.equal("DID", try keyring.pin(key.publicKey, algorithm: algorithm).text, try test.text("did"))
            }
        }
        var objects: [String: JSONValue] = [:]
        for test in try document.list("objects") {
            let id = try test.text("id")
            objects[id] = test
            guard let kind = ReferenceRecordKind(rawValue: try test.text("kind")) else {
                log.skip("object \(id)", .laterRoom)
                continue
            }
            log.run("object \(id)") {
                let record = try Record(kind, test.stated("object"))
                $0.equal("canonical bytes", record.bytes, try test.hex("canonical_hex"))
                $0.equal("digest", record.hash, try test.hex("digest"))
            }
        }
        for test in try document.list("checks") {
            let name = "\(try test.text("id")) (\(try test.text("why")))"
            guard let base = objects[try test.text("base")] else { throw MissingStatement(path: "base") }
            guard let kind = ReferenceRecordKind(rawValue: try base.text("kind")) else {
                log.skip(name, .laterRoom)
                continue
            }
            log.run(name) {
                var record = try base.stated("object")
                for change in try test.record("set").members {
                    record = record.setting(change.name.replacing("/", with: "."), to: change.value)
                }
                switch mode {
                case .compat:
                    $0.equal("valid for the package", ReferencePackage.verifies(record, as: kind), try test.flag("verify"))
                case .strict:
                    let accepted = (try? Record(kind, record))?.verdict(keyring).isAccepted ?? false
                    $0.equal("valid", accepted, try test.flag("recommended"))
                }
            }
        }
    }

    /// What the three kinds have in common.
    struct Record {
        let bytes: [UInt8]
        let hash: [UInt8]
        let verdict: (ReferenceKeyring) -> ReferenceRecordVerdict

        init(_ kind: ReferenceRecordKind, _ value: JSONValue) throws {
            switch kind {
            case .proposal:
                let record = try ReferenceProposal(value)
                (bytes, hash, verdict) = (record.bytes, record.hash, record.verdict)
            case .vote:
                let record = try ReferenceVote(value)
                (bytes, hash, verdict) = (record.bytes, record.hash, record.verdict)
            case .result:
                let record = try ReferenceResult(value)
                (bytes, hash, verdict) = (record.bytes, record.hash, record.verdict)
            }
        }
    }
}
