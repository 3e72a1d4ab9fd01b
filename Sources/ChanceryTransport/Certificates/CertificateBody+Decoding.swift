internal import ChanceryWire
internal import SwiftASN1

extension CertificateBody {
    /// Takes the values out of a TBSCertificate. What the profile fixes is not looked at here: the caller encodes again
    /// and compares.
    init(decoding node: ASN1Node) throws(TransportError) {
        let serial = try node.at(1).bytes()
        guard (1...20).contains(serial.count), serial[0] < 0x80, serial != [0] else {
            throw .malformed("a serial number is positive and has at most 20 bytes")
        }
        let name = try String(decoding: node.at(5, 1, 0, 1).bytes(), as: UTF8.self)
        let isAuthority = name.utf8.elementsEqual(Self.authorityName.utf8)
        let publicKey = try node.at(6, 1).bytes()
        let validity = try node.at(4)
        self.serial = serial
        do {
            federation = try Hex.decode(String(decoding: node.at(5, 0, 0, 1).bytes(), as: UTF8.self), count: 32)
            self.validity = try Validity(from: validity.at(0).time(), until: validity.at(1).time())
            subject = isAuthority ? .authority : try Self.node(did: Hex.decode(name, count: 32), node.at(7, 0))
        } catch let error as TransportError where error.reason == .certificateMalformed {
            throw error
        } catch {
            throw .malformed("a name or the validity of the certificate is outside the profile")
        }
        self.publicKey = Array(publicKey.dropFirst())
    }

    /// A node from the last two extensions.
    private static func node(did: [UInt8], _ extensions: ASN1Node) throws -> Subject {
        let authorityKeyID = try value(of: extensions.at(4)).at(0).bytes()
        let names = try value(of: extensions.at(5)).children.dropFirst()
        guard names.count <= maximumHosts, authorityKeyID.count == 20 else {
            throw TransportError.malformed("the certificate has more than \(maximumHosts) hosts, or no key id of its authority")
        }
        let hosts = try names.map { name in
            let bytes = try name.bytes()
            if name.identifier == .context(7), [4, 16].contains(bytes.count) { return HostName.address(bytes) }
            guard HostName.isName(bytes) else { throw TransportError.malformed("a host of the certificate has no valid name") }
            return .dns(String(decoding: bytes, as: UTF8.self))
        }
        return .node(did: did, hosts: hosts, authorityKeyID: authorityKeyID)
    }

    /// What stands inside the octets of an extension.
    private static func value(of node: ASN1Node) throws -> ASN1Node {
        guard let last = node.children.last else { throw TransportError.malformed("an extension is empty") }
        return try DER.parse(last.bytes())
    }
}
