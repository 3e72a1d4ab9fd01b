import ChanceryLedger
import ChancerySuite
import Testing

struct DIDTests {
    @Test func `the text of a DID reads back and nothing else does`() throws {
        let did = DID(root: try SigningKey<Purpose.Root>.generate(.hybrid).publicKey)
        #expect(try DID(did.text) == did)
        #expect(throws: (any Error).self) { try DID(did.text.uppercased()) }
        #expect(throws: (any Error).self) { try DID(did.text + "00") }
        // A combining mark melts into the colon before it, as characters are counted.
        #expect(throws: (any Error).self) { try DID("did:pqaid:\u{301}" + did.text.dropFirst(DID.prefix.count)) }
    }
}
