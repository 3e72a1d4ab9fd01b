import ChancerySuite
import ChanceryWire

/// Signatures by intent: a key has one purpose, a record names its type, verification takes its key from the caller.
func suiteQuickStart() throws {
    // Refuse to go on when an algorithm of this build does not give its known answer.
    try SelfTest.requireAll()

    // Ed25519 and ML-DSA-65 together; both halves must verify. The key can sign records and nothing else.
    let key = try SigningKey<Purpose.Record>.generate(.hybrid)
    let body: JSONValue = ["amount": 12, "item": "wax"]
    let record = try VerifiedRecord.sign(body.object ?? JSONObject(), type: "example/order/v1", by: key)

    // The receiver starts from bytes that nobody has checked and from a key that it knows already.
    let received = try UnverifiedRecord(decoding: record.bytes)
    let order = try received.verify(type: "example/order/v1", by: key.publicKey)
    print("order of", order.body["item"]?.string ?? "", Hex.encode(order.id.prefix(4)))

    // A record of one type is never taken for another: the type is the FIPS 204 context.
    do {
        _ = try received.verify(type: "example/refund/v1", by: key.publicKey)
    } catch {
        print(error.code)  // suite.invalid_signature
    }

    // Post-quantum public-key encryption: HPKE with X-Wing.
    let recipient = try DecapsulationKey.generate()
    let sealed = try EncapsulationKey(.xWing, recipient.publicKey).seal(Array("for your eyes".utf8), info: Array("note".utf8))
    print(String(decoding: try recipient.open(sealed, info: Array("note".utf8)), as: UTF8.self))
}
