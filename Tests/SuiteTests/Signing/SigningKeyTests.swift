import ChancerySuite
import Testing

struct SigningKeyTests {
    @Test(arguments: [SignatureSuite.mlDSA65, .mlDSA87, .hybrid])
    func `a signature is valid for its type alone`(suite: SignatureSuite) throws {
        let key = try SigningKey<Purpose.Record>.generate(suite)
        let signature = try key.sign([1, 2, 3], type: "chancery/a/v1")
        #expect(key.publicKey.isValid(signature, for: [1, 2, 3], type: "chancery/a/v1"))
        #expect(!key.publicKey.isValid(signature, for: [1, 2, 3], type: "chancery/b/v1"))
        #expect(!key.publicKey.isValid(signature, for: [1, 2, 4], type: "chancery/a/v1"))
    }
}
