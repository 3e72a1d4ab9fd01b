import ChanceryWire
import TestKit
import Testing

/// A hundred thousand damaged inputs for each parser: none may trap, and what is accepted must have one form only.
struct MutationTests {
    static let executions = 100_000

    @Test func `the JSON parser survives damaged texts and reads back what it accepts`() throws {
        let texts = [
            #"{"a":1,"b":[true,false,null],"c":{"d":-0.5e-7,"e":"\u00e9\ud83d\ude00\n"}}"#,
            #"[[[[1.25,12345678901234567890]]],"",{"":{}},"\u0000"]"#,
            #"{"type":"chancery/x/v1","n":9007199254740991,"k":"0123456789abcdef","list":[1,2,3,4,5,6,7,8,9]}"#,
            #"{"k1":1,"k2":2,"k3":3,"k4":4,"k5":5,"k6":6,"k7":7,"k8":8,"k9":9,"k10":10}"#,
        ]
        var mutator = Mutator("JSON", corpus: texts.map { Array($0.utf8) })
        var accepted = 0
        for _ in 0..<Self.executions {
            let bytes = mutator.input()
            guard let value = try? JSONParser.parse(bytes, limits: .init(bytes: 4096, depth: 16)) else { continue }
            accepted += 1
            for form in [CanonicalForm.jcs, .aiss1] {
                guard let canonical = try? form.encode(value) else { continue }
                let again = try JSONParser.parse(canonical)
                // RFC 8785 prints doubles from 2^53 to 10^21 as integers, which it refuses to read again.
                guard let second = try? form.encode(again) else {
                    #expect(form == .jcs, "`\(String(decoding: bytes, as: UTF8.self))`")
                    continue
                }
                if second != canonical {
                    Issue.record("`\(String(decoding: bytes, as: UTF8.self))` has two \(form) forms")
                }
            }
        }
        #expect((1...(Self.executions - 1)).contains(accepted))
    }

    @Test func `the hexadecimal decoder survives damaged texts and accepts one text per byte string`() {
        survey("hexadecimal", ["", "00", "0123456789abcdef", "ff00ff00ff00"], { try Hex.decode($0) }, { Hex.encode($0) })
    }

    @Test func `the base64 decoders survive damaged texts and accept one text per byte string`() {
        survey(
            "base64", ["", "QQ==", "QUI=", "QUJD", "+/+/AAAA"], { try Base64.standard.decode($0) },
            { Base64.standard.encode($0) })
        survey("base64url", ["", "QQ", "QUI", "QUJD", "-_-_AAAA"], { try Base64.url.decode($0) }, { Base64.url.encode($0) })
    }

    @Test func `the base58 decoder survives damaged texts and accepts one text per byte string`() {
        survey(
            "base58", ["", "1", "112", "2NEpo7TZRRrLZSi2U", "zzzzzzzzzzzz"], { try Base58.decode($0) }, { Base58.encode($0) })
    }

    private func survey(
        _ name: String, _ texts: [String], _ decode: (String) throws -> [UInt8], _ encode: ([UInt8]) -> String
    ) {
        var mutator = Mutator(name, corpus: texts.map { Array($0.utf8) })
        var accepted = 0
        for _ in 0..<Self.executions {
            let text = String(decoding: mutator.input(), as: UTF8.self)
            guard let bytes = try? decode(text) else { continue }
            accepted += 1
            let back = encode(bytes)
            if !back.utf8.elementsEqual(text.utf8) { Issue.record("\(name) `\(text)` reads as `\(back)` too") }
        }
        #expect((1...(Self.executions - 1)).contains(accepted), "\(name): \(accepted) accepted")
    }
}
