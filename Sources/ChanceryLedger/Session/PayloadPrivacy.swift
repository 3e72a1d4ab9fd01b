internal import ChancerySuite
public import ChanceryWire

/// Keeps what agents say to each other out of the record while still proving it.
///
/// By default a payload shows its names and hides its values: a key that ends in `_hash` or `_id`, and `session_id`, stay
/// as they are; any other key `k` becomes `k_hash`, the hexadecimal SHA-256 of the value's portable text. A value that
/// can be guessed can be found by guessing; put a random member into the payload's objects where that matters.
public enum PayloadPrivacy {
    /// The payload that goes on record. `clear` names further keys whose values stay readable.
    ///
    /// - Throws: `ledger.payload_collision`, `ledger.payload_not_portable`.
    public static func disclose(_ payload: JSONObject, clear: [String] = []) throws(LedgerError) -> JSONObject {
        let shown = Set(clear.map { Array($0.utf8) })
        return try disclose(payload, isShown: { shown.contains(Array($0.utf8)) }, text: portableText)
    }

    /// The rule with another text form, for reading what the reference wrote.
    static func disclose(
        _ payload: JSONObject, isShown: (String) -> Bool, text: (JSONValue) throws(WireError) -> [UInt8]
    ) throws(LedgerError) -> JSONObject {
        var members: [JSONObject.Member] = []
        var names: Set<[UInt8]> = []
        for (index, member) in payload.members.enumerated() {
            let disclosed: JSONObject.Member
            if isKept(member.name) || isShown(member.name) {
                disclosed = member
            } else {
                do {
                    let hash = Digest.sha256(try text(member.value))
                    disclosed = .init(name: member.name + "_hash", value: .string(Hex.encode(hash)))
                } catch {
                    throw LedgerError(.payloadNotPortable, error, index: index)
                }
            }
            guard names.insert(Array(disclosed.name.utf8)).inserted else {
                throw LedgerError(
                    .payloadCollision, "two members of the payload would be called `\(disclosed.name)`", index: index)
            }
            members.append(disclosed)
        }
        return JSONObject(members)
    }

    private static func isKept(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        return bytes.suffix(5).elementsEqual("_hash".utf8) || bytes.suffix(3).elementsEqual("_id".utf8)
    }

    /// What is hashed for a value: a string as its own UTF-8 bytes, anything else as its RFC 8785 text. `true`, `null`,
    /// `1.0` and `["a"]` give `true`, `null`, `1` and `["a"]`, where the reference hashes what Python prints: `True`,
    /// `None`, `1.0` and `['a']`. So the string `true` and the value true share a hash, as they do there.
    public static func portableText(_ value: JSONValue) throws(WireError) -> [UInt8] {
        if let text = value.string { return Array(text.utf8) }
        return try CanonicalForm.jcs.encode(value)
    }

    /// Levels of nesting that a payload may have, so that it fits into an export.
    public static let maximumDepth = 32

    /// The payload hash of handshakes and interactions: SHA-256 of the RFC 8785 bytes.
    ///
    /// - Throws: `ledger.payload_not_portable`, also for more than ``maximumDepth`` levels.
    public static func hash(_ payload: JSONObject) throws(LedgerError) -> [UInt8] {
        guard fits(.object(payload), levels: maximumDepth) else {
            throw LedgerError(.payloadNotPortable, "the payload has more than \(maximumDepth) levels")
        }
        do {
            return Digest.sha256(try CanonicalForm.jcs.encode(payload))
        } catch {
            throw LedgerError(.payloadNotPortable, error)
        }
    }

    private static func fits(_ value: JSONValue, levels: Int) -> Bool {
        switch value {
        case .array(let elements): levels > 0 && elements.allSatisfy { fits($0, levels: levels - 1) }
        case .object(let object): levels > 0 && object.members.allSatisfy { fits($0.value, levels: levels - 1) }
        default: true
        }
    }
}
