internal import ChanceryWire

/// Records that several parties sign one after the other: each signs the body bytes that the first one signed.
///
/// A record that waits for further signatures is an ``UnverifiedRecord`` with fewer of them; it verifies by the keys
/// that did sign, with ``UnverifiedRecord/verify(type:by:)``, and by no other count of keys.
extension UnverifiedRecord {
    /// This record with the signature of `signer` inserted at position `index` of its signatures. The body stays byte
    /// for byte the same. Nothing is verified here: check the signatures that are there before adding one.
    ///
    /// - Throws: `suite.invalid_parameters` for a position that does not exist, a full list, or a key that signed already.
    package func countersigned(by signer: RecordSigner, at index: Int) throws(SuiteError) -> UnverifiedRecord {
        guard (0...entries.count).contains(index), entries.count < 8 else {
            throw SuiteError(.invalidParameters, "the record has no room for a signature at position \(index)")
        }
        guard !entries.contains(where: { $0.key == signer.keyID }) else {
            throw SuiteError(.invalidParameters, "this key signed the record already")
        }
        var signed = entries
        let value = try signer.sign(bodyBytes, type)
        signed.insert(Entry(suite: signer.suite.rawValue, key: signer.keyID, value: value), at: index)
        let list = signed.map { entry -> JSONValue in
            [
                "key": .string(Base64.url.encode(entry.key)), "suite": .string(entry.suite),
                "value": .string(Base64.url.encode(entry.value)),
            ]
        }
        do {
            return try UnverifiedRecord(["body": .object(body), "signatures": .array(list)])
        } catch {
            throw SuiteError(.operationFailed, "the countersigned record could not be encoded")
        }
    }
}
