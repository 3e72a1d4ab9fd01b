import ChancerySuite
import ChanceryWire
import Testing

struct CountersigningTests {
    private let first = Result { try SigningKey<Purpose.Record>.generate(.mlDSA65) }
    private let second = Result { try SigningKey<Purpose.Record>.generate(.hybrid) }
    private let type = "chancery/test/v1"
    private let body = JSONObject([.init(name: "a", value: 1)])

    @Test func `a second signature covers the bytes of the first`() throws {
        let (first, second) = (try first.get(), try second.get())
        let single = try VerifiedRecord.sign(body, type: type, by: first)
        let partial = try UnverifiedRecord(decoding: single.bytes)
        #expect(try partial.verify(type: type, by: first.publicKey).id == single.id)
        let full = try partial.countersigned(by: RecordSigner(second), at: 0)
        let order = [RecordVerifier(second.publicKey), RecordVerifier(first.publicKey)]
        let verified = try full.verify(type: type, by: order)
        #expect(verified.bodyBytes == single.bodyBytes)
        #expect(try UnverifiedRecord(decoding: full.bytes).verify(type: type, by: order).bytes == full.bytes)
        #expect(throws: SuiteError.self) { try full.verify(type: type, by: order.reversed()) }
        #expect(throws: SuiteError.self) { try full.verify(type: type, by: first.publicKey) }
        #expect(throws: SuiteError.self) { try partial.verify(type: type, by: order) }
    }

    @Test func `nobody signs twice or at a position that does not exist`() throws {
        let (first, second) = (try first.get(), try second.get())
        let partial = try UnverifiedRecord(decoding: VerifiedRecord.sign(body, type: type, by: first).bytes)
        for index in [-1, 2] {
            #expect(throws: SuiteError.self) { try partial.countersigned(by: RecordSigner(second), at: index) }
        }
        #expect(throws: SuiteError.self) { try partial.countersigned(by: RecordSigner(first), at: 1) }
    }
}
