import ChanceryAPI
import ChanceryNode
import ChancerySuite
import ChanceryTransport
import ChanceryWire
import TestKit
import Testing

/// Which key a client signs with.
struct RequestSignerTests {
    private let old: SigningKey<Purpose.HTTP>
    private let new: SigningKey<Purpose.HTTP>
    private let facts: RequestFacts
    private let clock = SampleClock()

    init() throws {
        old = try APIKeyFile.generate()
        new = try APIKeyFile.generate()
        facts = try RequestFacts(
            method: "GET", scheme: .http, authority: "127.0.0.1:8420", target: "/v1/x?y=1", headers: [], body: [])
    }

    private func key(_ key: SigningKey<Purpose.HTTP>, from: Int64? = nil, until: Int64? = nil) -> RequestSigner.Key {
        RequestSigner.Key(key, notBefore: from.map(SampleKeys.time), notAfter: until.map(SampleKeys.time))
    }

    private func id(_ key: SigningKey<Purpose.HTTP>) -> String { APIKeyRegistry.keyID(of: key.publicKey.bytes) }

    @Test func `the newest key that counts signs`() throws {
        let signer = RequestSigner(
            [key(old, from: 0, until: 100), key(new, from: 50, until: 200)], now: clock.now)
        #expect(signer.usableKeys.map(\.keyID) == [id(old)])
        clock.turn(by: 50)
        #expect(signer.usableKeys.map(\.keyID) == [id(new), id(old)])
        clock.turn(by: 51)
        #expect(signer.usableKeys.map(\.keyID) == [id(new)])
        clock.turn(by: 100)
        let error = #expect(throws: TransportError.self) { try signer.headers(signing: facts) }
        #expect(error?.code == "transport.no_usable_key")
    }

    @Test func `where no times are known the first key is the newest`() {
        let signer = RequestSigner([key(new), key(old)], now: clock.now)
        #expect(signer.usableKeys.map(\.keyID) == [id(new), id(old)])
    }

    @Test(arguments: [RequestSigner.Form.messageSignature, .hip5])
    func `a server takes what it signs, each request once`(form: RequestSigner.Form) throws {
        let signer = RequestSigner([key(new)], form: form, now: clock.now)
        let registered = RegisteredKey(
            id(new), of: "client", roles: [.agent], key: new.publicKey, notBefore: clock.now(),
            notAfter: clock.now().advanced(bySeconds: 60))
        let verifier = try RequestVerifier(authorities: ["127.0.0.1:8420"])
        var nonces: Set<RequestNonce> = []
        for _ in 0..<2 {
            let signed = try RequestFacts(
                method: facts.method, scheme: .http, authority: facts.authority, target: facts.target,
                headers: signer.headers(signing: facts), body: [])
            let request = try verifier.verify(signed, at: clock.now()) { _ in registered }.get()
            #expect(nonces.insert(request.use.nonce).inserted)
        }
    }
}
