internal import SwiftASN1

/// The text form of certificates and keys (RFC 7468).
enum PEM {
    static let certificate = "CERTIFICATE"
    static let privateKey = "PRIVATE KEY"
    /// Longest text that is read.
    static let maximumBytes = 1 << 18

    static func encode(_ der: [UInt8], type: String) -> String {
        PEMDocument(type: type, derBytes: der).pemString + "\n"
    }

    /// The bytes of the one document in `text`.
    static func decode(_ text: String, type: String) throws(TransportError) -> [UInt8] {
        let documents = try decodeAll(text, type: type)
        guard documents.count == 1 else { throw .malformed("the text holds \(documents.count) documents instead of one") }
        return documents[0]
    }

    /// The bytes of each document in `text`, all of them of one type.
    static func decodeAll(_ text: String, type: String) throws(TransportError) -> [[UInt8]] {
        guard text.utf8.count <= maximumBytes else { throw .malformed("a PEM text has at most \(maximumBytes) bytes") }
        let documents: [PEMDocument]
        do {
            documents = try PEMDocument.parseMultiple(pemString: text)
        } catch {
            throw .malformed("the text is not PEM")
        }
        guard documents.allSatisfy({ $0.discriminator == type }) else { throw .malformed("the text is not a PEM `\(type)`") }
        return documents.map(\.derBytes)
    }
}
