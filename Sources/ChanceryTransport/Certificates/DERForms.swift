internal import ChanceryWire
internal import SwiftASN1

/// Object identifiers of the profile.
enum OID {
    /// id-ml-dsa-65 (RFC 9881 §2); its AlgorithmIdentifier has no parameters.
    static let mlDSA65: ASN1ObjectIdentifier = [2, 16, 840, 1, 101, 3, 4, 3, 18]
    static let commonName: ASN1ObjectIdentifier = [2, 5, 4, 3]
    static let organization: ASN1ObjectIdentifier = [2, 5, 4, 10]
    static let subjectKeyID: ASN1ObjectIdentifier = [2, 5, 29, 14]
    static let keyUsage: ASN1ObjectIdentifier = [2, 5, 29, 15]
    static let alternativeName: ASN1ObjectIdentifier = [2, 5, 29, 17]
    static let basicConstraints: ASN1ObjectIdentifier = [2, 5, 29, 19]
    static let nameConstraints: ASN1ObjectIdentifier = [2, 5, 29, 30]
    static let authorityKeyID: ASN1ObjectIdentifier = [2, 5, 29, 35]
    static let extendedKeyUsage: ASN1ObjectIdentifier = [2, 5, 29, 37]
    static let serverAuth: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 3, 1]
    static let clientAuth: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 3, 2]
}

extension ASN1Identifier {
    /// A context tag, implicit on what stands under it.
    static func context(_ number: UInt) -> ASN1Identifier { ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific) }
}

extension DER.Serializer {
    mutating func sequence(_ content: (inout DER.Serializer) throws -> Void) rethrows {
        try appendConstructedNode(identifier: .sequence, content)
    }

    mutating func primitive(_ identifier: ASN1Identifier, _ bytes: some Sequence<UInt8>) {
        appendPrimitiveNode(identifier: identifier) { $0.append(contentsOf: bytes) }
    }

    /// `SEQUENCE { algorithm }` without parameters.
    mutating func mlDSA65() throws { try sequence { try $0.serialize(OID.mlDSA65) } }

    mutating func bitString(_ bytes: [UInt8]) { primitive(.bitString, [0] + bytes) }

    /// UTCTime up to 2049, GeneralizedTime after it (RFC 5280 §4.1.2.5).
    mutating func time(_ time: ChanceryWire.UTCTime) {
        let digits = time.text.utf8.prefix(19).filter { (0x30...0x39).contains($0) } + [0x5a]
        if digits.prefix(4).lexicographicallyPrecedes("2050".utf8) {
            primitive(.utcTime, digits.dropFirst(2))
        } else {
            primitive(.generalizedTime, digits)
        }
    }

    /// What `content` writes, alone.
    static func bytes(_ content: (inout DER.Serializer) throws -> Void) rethrows -> [UInt8] {
        var serializer = DER.Serializer()
        try content(&serializer)
        return serializer.serializedBytes
    }
}

extension ASN1Node {
    /// The elements of a constructed node; none of a primitive one.
    var children: [ASN1Node] {
        guard case .constructed(let nodes) = content else { return [] }
        return Array(nodes)
    }

    /// The element that is reached by these indexes.
    func at(_ path: Int...) throws(TransportError) -> ASN1Node {
        var node = self
        for index in path {
            let children = node.children
            guard children.indices.contains(index) else { throw .malformed("an element of the certificate is missing") }
            node = children[index]
        }
        return node
    }

    /// The bytes of a primitive node.
    func bytes() throws(TransportError) -> [UInt8] {
        guard case .primitive(let bytes) = content else { throw .malformed("an element of the certificate is constructed") }
        return Array(bytes)
    }

    /// The time that ``DER/Serializer/time(_:)`` wrote.
    func time() throws(TransportError) -> ChanceryWire.UTCTime {
        let digits = try bytes()
        let full = digits.count == 13 ? Array("20".utf8) + digits : digits
        guard full.count == 15 else { throw .malformed("a time has another form than the profile's") }
        let part = { (range: Range<Int>) in String(decoding: full[range], as: UTF8.self) }
        let text = "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(8..<10)):\(part(10..<12)):\(part(12..<14)).000Z"
        do {
            return try ChanceryWire.UTCTime(text)
        } catch {
            throw .malformed("a time of the certificate is none of the calendar")
        }
    }
}
