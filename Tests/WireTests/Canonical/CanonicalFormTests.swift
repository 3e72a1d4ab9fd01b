import ChanceryWire
import Foundation
import Testing

struct CanonicalFormTests {
    /// Made with Python 3: `json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False, separators=(",", ":"))`.
    @Test(arguments: [
        (##"{"b":1,"a":2}"##, "7b2261223a322c2262223a317d"),
        (##"{"x":1.0}"##, "7b2278223a312e307d"),
        (##"{"x":1e-7}"##, "7b2278223a31652d30377d"),
        (##"{"x":1e16}"##, "7b2278223a31652b31367d"),
        (##"{"x":1e15}"##, "7b2278223a313030303030303030303030303030302e307d"),
        (##"{"x":123456789012345680.0}"##, "7b2278223a312e32333435363738393031323334353638652b31377d"),
        (##"{"x":-0.0}"##, "7b2278223a2d302e307d"),
        (##"{"x":-0}"##, "7b2278223a307d"),
        (##"{"x":0.0001}"##, "7b2278223a302e303030317d"),
        (##"{"x":0.00001}"##, "7b2278223a31652d30357d"),
        (##"{"x":5e-324}"##, "7b2278223a35652d3332347d"),
        (##"{"x":1.7976931348623157e308}"##, "7b2278223a312e37393736393331333438363233313537652b3330387d"),
        (##"{"x":1e21}"##, "7b2278223a31652b32317d"),
        (##"{"x":1E+2}"##, "7b2278223a3130302e307d"),
        (##"{"x":100.50}"##, "7b2278223a3130302e357d"),
        (
            ##"{"i":123456789012345678901234567890}"##,
            "7b2269223a3132333435363738393031323334353637383930313233343536373839307d"
        ),
        (##"{"i":-18446744073709551616}"##, "7b2269223a2d31383434363734343037333730393535313631367d"),
        (##"{"\ufb33":1,"\ud83d\ude02":2}"##, "7b22efacb3223a312c22f09f9882223a327d"),
        (
            ##"{"s":"\u0000\u001f\u007f\b\f\n\r\t\"\\\/"}"##,
            "7b2273223a225c75303030305c75303031667f5c625c665c6e5c725c745c225c5c2f227d"
        ),
        (##"{"s":"\u00e9\u2028\ufeff"}"##, "7b2273223a22c3a9e280a8efbbbf227d"),
        (##"{"e\u0301":1,"\u00e9":2}"##, "7b2265cc81223a312c22c3a9223a327d"),
        (##" [ 1 , [ ] , { } , null , true , false ] "##, "5b312c5b5d2c7b7d2c6e756c6c2c747275652c66616c73655d"),
        (##""\ud83d\ude00""##, "22f09f988022"),
        (##"9007199254740993"##, "39303037313939323534373430393933"),
        (##"{"x":2.5e-5}"##, "7b2278223a322e35652d30357d"),
    ])
    func `the AISS-1 form is what Python writes`(text: String, hex: String) throws {
        #expect(try Hex.encode(CanonicalForm.aiss1.encode(JSONParser.parse(text))) == hex)
    }

    @Test(arguments: [#"\""#, #"\\"#, #"\n"#, #"\u001f"#])
    func `an escape is written wherever it stands`(escape: String) throws {
        for length in [1, 7, 15, 16, 17, 33, 1022, 1023, 1024, 5000] {
            let places = length < 100 ? Array(0...length) : [0, length / 2, length]
            for place in places {
                let text = String(repeating: "ä", count: place) + escape + String(repeating: "a", count: length - place)
                let written = try CanonicalForm.jcs.encode(JSONParser.parse("{\"\(text)\":[\"\(text)\"]}"))
                #expect(String(decoding: written, as: UTF8.self) == "{\"\(text)\":[\"\(text)\"]}")
            }
        }
    }

    @Test func `the two forms order names beyond the basic plane differently`() throws {
        let value = try JSONParser.parse(#"{"\uFB33":1,"\uD83D\uDE02":2,"a":3}"#)
        #expect(String(decoding: try CanonicalForm.jcs.encode(value), as: UTF8.self) == "{\"a\":3,\"😂\":2,\"דּ\":1}")
        #expect(String(decoding: try CanonicalForm.aiss1.encode(value), as: UTF8.self) == "{\"a\":3,\"דּ\":1,\"😂\":2}")
    }

    @Test func `names are ordered as their UTF-16 units are`() throws {
        var generator = SplitMix(state: 0x5eed_2026)
        let alphabet: [Unicode.Scalar] = ["a", "é", "\u{7ff}", "\u{d7ff}", "\u{e000}", "\u{ffff}", "\u{10000}", "\u{10ffff}"]
        for _ in 0..<2000 {
            var names: Set<String> = []
            for _ in 0..<6 {
                var name = String.UnicodeScalarView()
                for _ in 0..<Int(generator.next() % 4) { name.append(alphabet[Int(generator.next() % 8)]) }
                names.insert(String(name))
            }
            let object = JSONObject(names.map { .init(name: $0, value: 0) })
            let expected = names.sorted { Array($0.utf16).lexicographicallyPrecedes(Array($1.utf16)) }
            let written = try JSONParser.parse(CanonicalForm.jcs.encode(object)).object?.names ?? []
            #expect(written.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
        }
    }

    static let folder = standardsFolder("rfc8785/canonicalization.json")

    @Test(.enabled(if: folder != nil, "vectors/standards is not here"))
    func `the RFC 8785 vectors come out byte for byte`() throws {
        let path = try #require(Self.folder)
        let document = try JSONParser.parse([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        let tests = try #require(document["vectors"]?.array)
        #expect(tests.count == 6)
        for test in tests {
            let input = try Base64.standard.decode(test["input_base64"]?.string ?? "")
            let output = try Base64.standard.decode(test["output_base64"]?.string ?? "")
            #expect(try CanonicalForm.jcs.encode(JSONParser.parse(input)) == output, "\(test["name"] ?? nil)")
            #expect(try CanonicalForm.jcs.encode(JSONParser.parse(output)) == output)
        }
    }

    private static func standardsFolder(_ path: String) -> String? {
        var candidates = ProcessInfo.processInfo.environment["CHANCERY_VECTORS"].map { [$0 + "/standards/" + path] } ?? []
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<6 {
            folder.deleteLastPathComponent()
            candidates.append(folder.path + "/shared/vectors/standards/" + path)
        }
        return candidates.first { FileManager.default.fileExists(atPath: $0) }
    }
}
