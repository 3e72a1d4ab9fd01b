internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire

/// `envelopes.json`: signed proposals, votes, results and attestations, and altered copies.
enum PQCEnvelopes {
    static let runner = VectorRunner("signed records of the seed") {
        $0.name == "envelopes.json" && $0.json?["objects"]?.array != nil && $0.json?["checks"]?.array != nil
    } run: { file, mode, log in
        let document = try file.document
        var keyring = ReferenceKeyring()
        var pinned: PinnedKeys = []
        for test in try document.list("identities") {
            log.run("identity \(try test.text("name"))") {
                guard let algorithm = SignatureAlgorithm(rawValue: try test.text("algorithm")) else {
                    return $0.isTrue("the algorithm is known, which", false)
                }
                var seed = try test.hex("seed")
                let key = try PrivateSignatureKey(algorithm, seed: .taking(&seed))
                $0.equal("public key", key.publicKey, try test.hex("public_key"))
                pinned.append((algorithm, key.publicKey))
                $0.equal("DID", try keyring.pin(key.publicKey, algorithm: algorithm).text, try test.text("did"))
            }
        }
        var objects: [String: JSONValue] = [:]
        for test in try document.list("objects") {
            let id = try test.text("id")
            objects[id] = test
            let kind = try Kind(test.text("kind"))
            log.run("object \(id)") {
                let record = try Record(kind, test.stated("object"))
                $0.equal("canonical bytes", record.bytes, try test.hex("canonical_hex"))
                $0.equal("digest", record.hash, try test.hex("digest"))
            }
        }
        for test in try document.list("checks") {
            let name = "\(try test.text("id")) (\(try test.text("why")))"
            guard let base = objects[try test.text("base")] else { throw MissingStatement(path: "base") }
            let kind = try Kind(base.text("kind"))
            log.run(name) {
                var record = try base.stated("object")
                for change in try test.record("set").members {
                    record = record.setting(change.name.replacing("/", with: "."), to: change.value)
                }
                switch mode {
                case .compat:
                    $0.equal("valid for the package", kind.packageVerifies(record), try test.flag("verify"))
                case .strict:
                    let accepted = (try? Record(kind, record))?.isAccepted(keyring, pinned) ?? false
                    $0.equal("valid", accepted, try test.flag("recommended"))
                }
            }
        }
    }

    /// What signed it: the governance package or the vault package.
    enum Kind {
        case governance(ReferenceRecordKind)
        case attestation

        init(_ text: String) throws {
            if let kind = ReferenceRecordKind(rawValue: text) {
                self = .governance(kind)
            } else if text == "attestation" {
                self = .attestation
            } else {
                throw MissingStatement(path: "kind")
            }
        }

        /// The package's own answer.
        func packageVerifies(_ record: JSONValue) -> Bool {
            switch self {
            case .governance(let kind): ReferencePackage.verifies(record, as: kind)
            case .attestation: SeedAttestation.packageVerifies(record)
            }
        }
    }

    typealias PinnedKeys = [(algorithm: SignatureAlgorithm, publicKey: [UInt8])]

    /// What the kinds have in common.
    struct Record {
        let bytes: [UInt8]
        let hash: [UInt8]
        /// Whether a known key, and the right one, signed it.
        let isAccepted: (ReferenceKeyring, PinnedKeys) -> Bool

        init(_ kind: Kind, _ value: JSONValue) throws {
            switch kind {
            case .governance(let kind):
                let record = try Statement(kind, value)
                (bytes, hash) = (record.bytes, record.hash)
                isAccepted = { keyring, _ in record.verdict(keyring).isAccepted }
            case .attestation:
                let record = try SeedAttestation(value)
                (bytes, hash) = (record.canonicalBytes, record.digest)
                isAccepted = { _, pinned in record.isAccepted(pinned: pinned) }
            }
        }
    }

    /// What the three kinds of the governance package have in common.
    struct Statement {
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
