internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire
internal import Synchronization

/// keyfiles.json and the two binary files that it describes.
enum PiQryptKeyFileRun {
    /// The reference's error classes and our codes.
    private static let codes = [
        "KeyFileCorruptedError": LedgerError.Reason.keyFileCorrupted, "InvalidPassphraseError": .wrongPassphrase,
        "ValueError": .blankPassphrase,
    ]

    static func run(_ file: VectorFile, _ log: inout CaseLog) throws {
        let vectors = try file.document
        let cases = try vectors.list("cases")
        guard let base = try cases.first(where: { try $0.text("name") == "v2_base" }) else {
            throw MissingStatement(path: "no case `v2_base`")
        }
        let baseBytes = try Hex.decode(base.text("file_hex"))
        for element in cases {
            let name = try element.text("name")
            log.run(name) { comparison in
                let expected = try element.stated("expected")
                let outcome = Result { try result(of: element, name, baseBytes) }
                switch outcome {
                case .success(let secret): comparison.equal("private key", secret, expected["private_key_hex"]?.string)
                case .failure(let error as LedgerError):
                    comparison.equal("error", error.reason, try codes[expected.text("error")])
                case .failure(let error): throw error
                }
            }
        }
        for entry in try vectors.record("files").members {
            log.run("files/" + entry.name) { try compare(file.sibling(entry.name), entry.name, file, vectors, &$0) }
        }
        log.run("plaintext_key_file") { comparison in
            let text = try CanonicalForm.jcs.encode(vectors.stated("plaintext_key_file"))
            let stated = try vectors.stated("plaintext_key_file").text("private_key")
            comparison.equal(
                "private key", try hex(PiQryptPlaintextKey.read(text)), Hex.encode(try Base64.standard.decode(stated)))
        }
    }

    static func runBinary(_ file: VectorFile, _ log: inout CaseLog) throws {
        log.run(file.name) { try compare(file.bytes, file.name, file, file.siblingJSON("keyfiles.json"), &$0) }
    }

    /// The private key of a case in hexadecimal.
    private static func result(of element: JSONValue, _ name: String, _ base: [UInt8]) throws -> String {
        guard let passphrase = element["passphrase"]?.string else {
            // The version 1 loader is given a version 2 file.
            _ = try PiQryptKeyFile(decoding: base, expecting: .v1)
            throw MissingStatement(path: "case `\(name)` has no passphrase")
        }
        if element["file_hex"] == nil, element["derived_from"] == nil {
            // Refused when a file is written; a file that could have been written so does not open either.
            guard try writingError(passphrase)?.reason == .blankPassphrase else {
                throw MissingStatement(path: "a blank passphrase was accepted")
            }
            return try open(base, passphrase)
        }
        var bytes = base
        if let text = element["file_hex"]?.string { bytes = try Hex.decode(text) }
        for change in element["byte_changes"]?.array ?? [] {
            guard let offset = change["offset"]?.integer, let value = change["value"]?.integer,
                bytes.indices.contains(Int(offset)), (0...255).contains(value)
            else { throw MissingStatement(path: "a byte change lies outside the file") }
            bytes[Int(offset)] = UInt8(value)
        }
        return try open(bytes, passphrase)
    }

    /// Why a version 2 file cannot be written under `passphrase`.
    private static func writingError(_ passphrase: String) throws -> LedgerError? {
        let typed = try Passphrase(passphrase)
        let zeros = [UInt8](repeating: 0, count: 16)
        let secret = SecretBytes(count: 4032)
        do {
            _ = try PiQryptKeyFile.encode(
                secret, version: .v2, passphrase: typed, salt: zeros, nonce: Array(zeros.prefix(12)))
            return nil
        } catch {
            return error
        }
    }

    /// The binary file opens to the key that keys.json states, and writing it again gives the same bytes.
    private static func compare(
        _ bytes: [UInt8], _ name: String, _ file: VectorFile, _ vectors: JSONValue, _ comparison: inout Comparison
    ) throws {
        let stated = try vectors.stated("files").stated(name)
        let secret = try open(bytes, stated.text("passphrase"))
        if let keyName = stated["ml_dsa_65_key"]?.string {
            let known = try file.siblingJSON("keys.json").list("ml_dsa_65").first { try $0.text("name") == keyName }
            comparison.equal("private key", secret, known?["private_key_hex"]?.string)
            var expanded = try Hex.decode(secret)
            let key = try PrivateSignatureKey(expandedMLDSA65: SecretBytes(erasing: &expanded))
            comparison.equal("public key", Hex.encode(key.publicKey), known?["public_key_hex"]?.string)
        } else {
            comparison.equal("private key", secret, try stated.text("private_key_hex"))
        }
        comparison.isTrue("format", try stated.text("format").hasPrefix("v\(bytes[4])"))
    }

    /// Opens a file and, where the passphrase may be written, checks that writing gives the same bytes again.
    private static func open(_ bytes: [UInt8], _ passphrase: String) throws -> String {
        let file = try PiQryptKeyFile(decoding: bytes)
        let secret = try file.open(key: derived(file, passphrase).bytes)
        let typed = try Passphrase(passphrase)
        if !typed.isBlank, file.version == .v2 {
            let again = try PiQryptKeyFile.encode(
                secret, version: .v2, passphrase: typed, salt: file.salt, nonce: Array(bytes[26..<38]),
                parameters: file.parameters)
            guard again == bytes else { throw MissingStatement(path: "writing the file again gives other bytes") }
        } else if !typed.isBlank {
            let again = try PiQryptKeyFile.encode(
                secret, version: .v1, passphrase: typed, salt: file.salt, nonce: Array(bytes[37..<49]))
            guard again == bytes else { throw MissingStatement(path: "writing the file again gives other bytes") }
        }
        return try hex(secret)
    }

    private static func hex(_ secret: borrowing SecretBytes) throws -> String {
        unsafe secret.withBytes { bytes in unsafe Hex.encode(Array(bytes)) }
    }

    // MARK: derived keys, which are test values and costly

    private final class DerivedKey: Sendable {
        let bytes: SecretBytes
        init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
    }

    private struct CacheKey: Hashable {
        let version: UInt8
        let passphrase: [UInt8]
        let salt: [UInt8]
        let cost: [UInt8]
    }

    private static let cache = Mutex<[CacheKey: DerivedKey]>([:])

    private static func derived(_ file: PiQryptKeyFile, _ passphrase: String) throws -> DerivedKey {
        let cost = [file.parameters.logN, file.parameters.blockSize, file.parameters.parallelism]
        let name = CacheKey(version: file.version.rawValue, passphrase: Array(passphrase.utf8), salt: file.salt, cost: cost)
        if let known = cache.withLock({ $0[name] }) { return known }
        let key = DerivedKey(try file.deriveKey(Passphrase(passphrase)))
        cache.withLock { $0[name] = key }
        return key
    }
}
