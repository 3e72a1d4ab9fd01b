import ChanceryAPI
import ChancerySuite
import ChanceryWire
import Foundation
import TestKit
import Testing

struct RequestHeaderTests {
    let samples: RequestSamples
    let facts: RequestFacts
    let message: [RequestFacts.Header]
    let envelope: RequestFacts.Header

    init() throws {
        samples = try RequestSamples()
        facts = try RequestSamples.facts()
        message = try samples.headers(.message, for: facts)
        envelope = try samples.headers(.envelope, for: facts)[0]
    }

    private func value(_ name: String) throws -> String { try #require(message.first { $0.name == name }).value }

    private func altered(_ name: String, _ value: String) -> [RequestFacts.Header] {
        message.map { $0.name == name ? RequestFacts.Header(name, value) : $0 }
    }

    @Test func `the headers are those of RFC 9421 and RFC 9530`() throws {
        #expect(message.map(\.name) == ["Content-Digest", "Signature-Input", "Signature"])
        #expect(
            try value("Signature-Input")
                == #"sig1=("@method" "@authority" "@path" "@query" "content-digest");created=1790000000;expires=1790000060"#
                + #";nonce="BwcHBwcHBwcHBwcHBwcHBw";keyid="alice";alg="ml-dsa-65";tag="pq-trust-api""#)
        // The base of RFC 9421 §2.5, written by hand.
        let base = """
            "@method": POST
            "@authority": node-1.example:8420
            "@path": /v1/proposals
            "@query": ?dry=1
            "content-digest": \(try value("Content-Digest"))
            "@signature-params": \(try value("Signature-Input").dropFirst(5))
            """
        let text = try value("Signature")
        let signature = try Base64.standard.decode(text.dropFirst(6).dropLast())
        #expect(text.hasPrefix("sig1=:") && text.hasSuffix(":") && signature.count == 3309)
        #expect(samples.alice.publicKey.parts[0].isValid(signature, for: Array(base.utf8)))
    }

    @Test func `parameters may come in another order, as long as that order was signed`() throws {
        let parameters =
            #"("@method" "@authority" "@path" "@query" "content-digest");tag="pq-trust-api";alg="ml-dsa-65";keyid="alice""#
            + #";nonce="BwcHBwcHBwcHBwcHBwcHBw";expires=1790000060;created=1790000000"#
        let base = """
            "@method": POST
            "@authority": node-1.example:8420
            "@path": /v1/proposals
            "@query": ?dry=1
            "content-digest": \(try value("Content-Digest"))
            "@signature-params": \(parameters)
            """
        let signature = Base64.standard.encode(try samples.alice.parts[0].sign(Array(base.utf8)))
        let headers = [
            RequestFacts.Header("content-digest", try value("Content-Digest")),
            RequestFacts.Header("SIGNATURE-INPUT", "a-b=\(parameters)"), RequestFacts.Header("signature", "a-b=:\(signature):"),
        ]
        #expect(try samples.refusal(facts, headers) == nil)
        #expect(try samples.refusal(facts, altered("Signature-Input", "sig1=\(parameters)")) == .invalidSignature)
    }

    @Test(arguments: [
        ("sig1=(", "sig1 =("), (#" "@path""#, ""), (#""@method" "@authority""#, #""@authority" "@method""#),
        (#""@query" "#, #""@query"  "#), (#""@method""#, #""@target-uri""#),
        (#""content-digest")"#, #""content-digest" "date")"#),
        (";created=1790000000", ""), (";expires=1790000060", ""), (#";keyid="alice""#, ""), (#";alg="ml-dsa-65""#, ""),
        (#";tag="pq-trust-api""#, ""), (#";nonce="BwcHBwcHBwcHBwcHBwcHBw""#, ""), (";created=", "; created="),
        (";created=1790000000", ";created=01790000000"), (";created=1790000000", ";created=-1"),
        (";created=1790000000", ";created=1790000000.0"), (";created=1790000000", ";created=\"1790000000\""),
        (";created=1790000000", ";created=999999999999999"), (";created=1790000000", ";created=1790000000;created=1790000000"),
        (#";keyid="alice""#, #";keyid="alice";keyid="bob""#), (#";keyid="alice""#, #";keyid="al\ice""#),
        (#";keyid="alice""#, #";keyid="""#), (#";keyid="alice""#, #";keyid="al ice""#), (#";keyid="alice""#, ";keyid=alice"),
        ("pq-trust-api", "pq-trust-API"), ("BwcHBwcHBwcHBwcHBwcHBw", "BwcHBwcHBwcHBwcHBwcHBx"),
        ("BwcHBwcHBwcHBwcHBwcHBw", "Bwc"),
        ("BwcHBwcHBwcHBwcHBwcHBw", "BwcHBwcHBwcHBwcHBwcHBw=="), (#"api""#, #"api";extra=1"#),
        (#"api""#, #"api", sig2=("@method")"#),
        ("sig1", "Sig1"), ("sig1", "sig2"), ("sig1", ""),
    ])
    func `another Signature-Input is refused before any key is asked`(change: (String, String)) throws {
        let input = try value("Signature-Input")
        let other = input.replacingOccurrences(of: change.0, with: change.1)
        #expect(other != input)
        #expect(try samples.refusal(facts, altered("Signature-Input", other)) == .malformedSignature)
    }

    @Test func `another algorithm in the parameters is refused`() throws {
        for name in ["ml-dsa-44", "ml-dsa-87", "ed25519", "ML-DSA-65", ""] {
            let input = try value("Signature-Input").replacingOccurrences(of: "ml-dsa-65", with: name)
            #expect(try samples.refusal(facts, altered("Signature-Input", input)) == .wrongAlgorithm, "\(name)")
        }
    }

    @Test func `a header twice is refused, even with the same value`() throws {
        for header in message {
            #expect(try samples.refusal(facts, message + [header]) == .malformedSignature, "\(header.name)")
            let other = RequestFacts.Header(header.name.lowercased(), "")
            #expect(try samples.refusal(facts, message + [other]) == .malformedSignature, "\(header.name)")
        }
        #expect(try samples.refusal(facts, [envelope, envelope]) == .malformedSignature)
    }

    @Test func `a header too few is refused`() throws {
        for index in message.indices {
            var headers = message
            headers.remove(at: index)
            #expect(try samples.refusal(facts, headers) == .malformedSignature)
        }
    }

    @Test func `every truncation of a header is refused`() async throws {
        let (samples, facts, message) = (samples, facts, message)
        for header in message {
            let characters = Array(header.value.utf8)
            // Long runs of base64 are cut at every eighth place.
            let places = Array(characters.indices).filter { $0 < 300 || $0 % 8 == 0 || $0 > characters.count - 16 }
            let accepted = await inParallel(places) { place -> Int? in
                let cut = message.map {
                    $0 == header ? RequestFacts.Header($0.name, String(decoding: characters[..<place], as: UTF8.self)) : $0
                }
                return samples.accepts(facts, cut) ? place : nil
            }
            #expect(accepted.isEmpty, "\(header.name) cut at \(accepted)")
        }
    }

    @Test func `every changed bit of a header is refused`() async throws {
        let (samples, facts, message) = (samples, facts, message)
        for header in message {
            let characters = Array(header.value.utf8)
            let accepted = await inParallel(bitFlips(of: characters)) { flip -> Int? in
                let text = String(decoding: characters.flipping(flip.byte, flip.bit), as: UTF8.self)
                let headers = message.map { $0 == header ? RequestFacts.Header($0.name, text) : $0 }
                return samples.accepts(facts, headers) ? flip.byte : nil
            }
            #expect(accepted.isEmpty, "\(header.name) changed at \(accepted)")
        }
    }

    @Test func `another digest is refused, whatever its spelling`() throws {
        let digest = try value("Content-Digest")
        let foreign = "sha-256=:\(Base64.standard.encode(Digest.sha256(Array("x".utf8)))):"
        #expect(try samples.refusal(facts, altered("Content-Digest", foreign)) == .contentMismatch)
        for text in [digest + ", sha-512=:AA==:", "sha-512=:AA==:", "sha-256=:AA==:", " " + digest, digest + ";q=1", ""] {
            #expect(try samples.refusal(facts, altered("Content-Digest", text)) == .malformedSignature, "\(text)")
        }
    }

    @Test func `an empty body is signed like any other`() throws {
        let empty = try RequestSamples.facts(method: "GET", target: "/v1/proposals", body: "")
        for form in RequestSamples.Form.allCases {
            #expect(try samples.refusal(empty, samples.headers(form, for: empty)) == nil)
        }
        #expect(
            try samples.headers(.message, for: empty)[0].value == "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:")
    }

    // MARK: the envelope of HIP-5

    private func envelopeRefusal(_ change: (inout JSONObject) -> Void) throws -> RequestRefusal? {
        var object = try #require(JSONParser.parse(Base64.url.decode(envelope.value)).object)
        change(&object)
        let bytes = try CanonicalForm.jcs.encode(object)
        return try samples.refusal(facts, [RequestFacts.Header(envelope.name, Base64.url.encode(bytes))])
    }

    @Test func `every member of an envelope counts`() throws {
        #expect(try envelopeRefusal { _ in } == nil)
        #expect(try envelopeRefusal { $0["timestamp"] = 1_790_000_001 } == .invalidSignature)
        #expect(try envelopeRefusal { $0["nonce"] = "CAgICAgICAgICAgICAgICA" } == .invalidSignature)
        #expect(try envelopeRefusal { $0["api_key_id"] = "bob" } == .invalidSignature)
        #expect(try envelopeRefusal { $0["api_key_id"] = "al\nice" } == .malformedSignature)
        #expect(try envelopeRefusal { $0["extra"] = 1 } == .malformedSignature)
        #expect(try envelopeRefusal { $0["timestamp"] = "1790000000" } == .malformedSignature)
        for name in ["api_key_id", "timestamp", "nonce", "signature"] {
            #expect(try envelopeRefusal { $0[name] = nil } == .malformedSignature, "\(name)")
        }
        for algorithm in ["ML-DSA-44", "ML-DSA-87", "Ed25519", "ml-dsa-65"] {
            let found = try envelopeRefusal {
                var signature = $0["signature"]?.object ?? [:]
                signature["algorithm"] = .string(algorithm)
                $0["signature"] = .object(signature)
            }
            #expect(found == .wrongAlgorithm, "\(algorithm)")
        }
        #expect(try envelopeRefusal { $0["signature"] = ["algorithm": "ML-DSA-65", "value": ""] } == .invalidSignature)
    }

    private func textRefusal(_ change: (String) -> String) throws -> RequestRefusal? {
        let text = change(String(decoding: try Base64.url.decode(envelope.value), as: UTF8.self))
        return try samples.refusal(facts, [RequestFacts.Header("hip5-authorization", Base64.url.encode(Array(text.utf8)))])
    }

    @Test func `an envelope has one text`() throws {
        #expect(try textRefusal { $0 } == nil)
        #expect(try textRefusal { " " + $0 } == .malformedSignature)
        #expect(try textRefusal { $0 + "\n" } == .malformedSignature)
        #expect(try textRefusal { $0.replacingOccurrences(of: "1790000000", with: "1790000000.0") } == .malformedSignature)
        #expect(
            try textRefusal { $0.replacingOccurrences(of: "{\"api", with: "{\"nonce\":\"x\",\"api") } == .malformedSignature)
        #expect(try samples.refusal(facts, [RequestFacts.Header(envelope.name, envelope.value + "=")]) == .malformedSignature)
        #expect(try samples.refusal(facts, [RequestFacts.Header(envelope.name, "")]) == .malformedSignature)
    }

    @Test func `every changed bit and every truncation of an envelope is refused`() async throws {
        let (samples, facts, envelope) = (samples, facts, envelope)
        let characters = Array(envelope.value.utf8)
        let accepted = await inParallel(bitFlips(of: characters)) { flip -> Int? in
            let text = String(decoding: characters.flipping(flip.byte, flip.bit), as: UTF8.self)
            return samples.accepts(facts, [RequestFacts.Header(envelope.name, text)]) ? flip.byte : nil
        }
        #expect(accepted.isEmpty, "\(accepted)")
        for place in stride(from: 0, to: characters.count, by: 7) {
            let text = String(decoding: characters[..<place], as: UTF8.self)
            #expect(try samples.refusal(facts, [RequestFacts.Header(envelope.name, text)]) != nil, "\(place)")
        }
    }
}

struct RequestFactsTests {
    @Test func `authority is lower case without the port of the scheme`() throws {
        #expect(try RequestSamples.facts(authority: "Node-1.Example:443").authority == "node-1.example")
        #expect(try RequestSamples.facts(authority: "node-1.example:80").authority == "node-1.example:80")
        #expect(try RequestSamples.facts(scheme: .http, authority: "[::1]:80").authority == "[::1]")
    }

    @Test func `path and query are as sent, and an empty query is not none`() throws {
        let none = try RequestSamples.facts(target: "/a%2Fb")
        #expect(none.path == "/a%2Fb" && none.query == nil)
        let empty = try RequestSamples.facts(target: "/a?")
        #expect(empty.path == "/a" && empty.query?.isEmpty == true)
        #expect(try RequestSamples.facts(target: "/a?b?c").query == "b?c")
    }

    @Test func `what could break a line of the signed text is refused`() {
        for method in ["", "post", "POST\n", "PO ST"] {
            #expect(code { _ = try RequestSamples.facts(method: method) } == "wire.invalid_value", "\(method)")
        }
        for authority in ["", "a b", "a\nb", "user@host", "host/path", "é.example"] {
            #expect(code { _ = try RequestSamples.facts(authority: authority) } == "wire.invalid_value", "\(authority)")
        }
        for target in ["", "a", "*", "/a b", "/a\nb", "/a#b", "/é", "http://host/a"] {
            #expect(code { _ = try RequestSamples.facts(target: target) } == "wire.invalid_value", "\(target)")
        }
    }

    @Test func `nonces have 16 to 64 bytes and windows 30 to 900 seconds`() {
        for count in [0, 15, 65] {
            #expect(code { _ = try RequestNonce([UInt8](repeating: 0, count: count)) } == "wire.invalid_value")
        }
        for count in [16, 64] { #expect(code { _ = try RequestNonce([UInt8](repeating: 0, count: count)) } == nil) }
        for window in [29, 901] as [Int64] {
            #expect(code { _ = try RequestVerifier(authorities: [], window: window) } == "wire.invalid_value")
        }
    }
}
