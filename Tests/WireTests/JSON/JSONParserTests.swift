import ChanceryWire
import Testing

struct JSONParserTests {
    @Test(arguments: [
        ("", WireError.Reason.truncated), ("{", .truncated), ("[1", .truncated), (#""a"#, .truncated), ("-", .truncated),
        (#""\u12"#, .truncated), ("tru", .truncated), ("1.", .truncated), ("1e", .truncated),
        (#"{"a":1,"a":2}"#, .duplicateKey), (#"{"a":1,"\u0061":2}"#, .duplicateKey),
        (#"{"x":{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"c":0}}"#, .duplicateKey),
        (#""\ud800""#, .loneSurrogate), (#""\udc00""#, .loneSurrogate), (#""\ud800\ud800""#, .loneSurrogate),
        (#""\ud800x""#, .loneSurrogate), (#""\udc00\ud800""#, .loneSurrogate),
        ("1 2", .trailingBytes), ("{}}", .trailingBytes), ("[],", .trailingBytes), ("1\u{0}", .trailingBytes),
        ("01", .invalidNumber), ("-01", .invalidNumber), ("00", .invalidNumber), ("-x", .invalidNumber),
        ("1.e1", .invalidNumber),
        ("1e+x", .invalidNumber), ("1e400", .numberOutOfRange), ("-1.8e308", .numberOutOfRange),
        ("+1", .invalidCharacter), (".5", .invalidCharacter), ("NaN", .invalidCharacter), ("Infinity", .invalidCharacter),
        ("[1,]", .invalidCharacter), (#"{"a":1,}"#, .invalidCharacter), ("{a:1}", .invalidCharacter),
        ("'a'", .invalidCharacter),
        ("[1 2]", .invalidCharacter), (#"{"a" 1}"#, .invalidCharacter), ("\u{feff}1", .invalidCharacter),
        ("\u{a0}1", .invalidCharacter), ("\"a\nb\"", .invalidCharacter), ("\"a\u{0}b\"", .invalidCharacter),
        ("\"\\n\u{1f}\"", .invalidCharacter), (#""\x41""#, .invalidEscape), (#""\u00g0""#, .invalidEscape),
        ("/* */1", .invalidCharacter), ("True", .invalidCharacter),
    ])
    func `a text that is not I-JSON is refused with its reason`(text: String, reason: WireError.Reason) {
        let error = #expect(throws: WireError.self) { try JSONParser.parse(text) }
        #expect(error?.reason == reason, "\(text): \(String(describing: error))")
    }

    @Test(
        arguments: [
            [0xff], [0xc0, 0x80], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0xf0, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func `a string that is not UTF-8 is refused, escaped or not`(bytes: [UInt8]) {
        for text in [
            [0x22] + bytes + [0x22], [0x22, 0x5c, 0x6e] + bytes + [0x22], [0x7b, 0x22] + bytes + Array("\":1}".utf8),
        ] {
            let error = #expect(throws: WireError.self) { try JSONParser.parse(text) }
            #expect(error?.reason == .invalidUTF8, "\(text)")
        }
    }

    @Test func `numbers keep their kind`() throws {
        #expect(try JSONParser.parse("1") == .integer(1))
        #expect(try JSONParser.parse("-0") == .integer(0))
        #expect(try JSONParser.parse("1.0") == .double(1))
        #expect(try JSONParser.parse("1e0") == .double(1))
        #expect(try JSONParser.parse("-0.0") == .double(-0.0))
        #expect(try JSONParser.parse("-0.0") != .double(0.0))
        #expect(try JSONParser.parse("9223372036854775807") == .integer(.max))
        #expect(try JSONParser.parse("-9223372036854775808") == .integer(.min))
        #expect(try JSONParser.parse("9223372036854775808") == .bigInteger("9223372036854775808"))
        #expect(try JSONParser.parse("1e-400") == .double(0))
    }

    @Test func `names that look alike are different members`() throws {
        let value = try JSONParser.parse(#"{"\u00e9":1,"e\u0301":2,"K":3,"\u212a":4}"#)
        #expect(value.object?.count == 4)
        #expect(value["\u{212a}"] == 4)
        #expect(value["K"] == 3)
        #expect(value["e\u{301}"] != value["\u{e9}"])
    }

    @Test func `depth is allowed up to the limit and refused beyond`() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            _ = try JSONParser.parse(nested(64, open, close))
            let error = #expect(throws: WireError.self) { try JSONParser.parse(nested(65, open, close)) }
            #expect(error?.reason == .tooDeep)
            let bomb = #expect(throws: WireError.self) { try JSONParser.parse(String(repeating: open, count: 1 << 20)) }
            #expect(bomb?.reason == .tooDeep)
        }
    }

    @Test func `a text longer than the limit is refused before it is read`() throws {
        _ = try JSONParser.parse("[12]", limits: .init(bytes: 4, depth: 1))
        let error = #expect(throws: WireError.self) { try JSONParser.parse("[123", limits: .init(bytes: 3, depth: 1)) }
        #expect(error?.reason == .tooLong)
    }

    @Test func `every truncation of a text is refused as truncated`() {
        let golden = Array(#"{"a":[1.5,-2,"\u00e9\ud83d\ude00é"],"b":{"c":null,"d":true}}"#.utf8)
        for length in golden.indices {
            let error = #expect(throws: WireError.self) { try JSONParser.parse(Array(golden[..<length])) }
            #expect(error?.reason == .truncated, "cut at \(length): \(String(describing: error))")
        }
    }

    @Test func `an error says the byte where the text stopped making sense`() {
        let error = #expect(throws: WireError.self) { try JSONParser.parse(#"{"a":[1,2,x]}"#) }
        #expect(error?.offset == 10)
    }

    // Quadratic work would take minutes here.
    @Test func `long hostile texts are read or refused in linear time`() throws {
        let count = 200_000
        let clock = ContinuousClock()
        let time = try clock.measure {
            let members = (0..<count).map { #""k\#($0)":0"# }.joined(separator: ",")
            #expect(try JSONParser.parse("{\(members)}").object?.count == count)
            #expect(throws: WireError.self) { try JSONParser.parse("{\(members),\"k7\":1}") }
            _ = try JSONParser.parse(String(repeating: "9", count: 4 << 20))
            _ = try JSONParser.parse("0." + String(repeating: "1", count: 4 << 20))
            _ = try JSONParser.parse("\"" + String(repeating: "\\n", count: 2 << 20) + "\"")
        }
        #expect(time < .seconds(20), "\(time)")
    }

    @Test func `an error never carries the control characters of its input`() {
        let error = #expect(throws: WireError.self) { try JSONParser.parse(#"{"a\n\u001b[31m":1,"a\n\u001b[31m":2}"#) }
        #expect(error?.reason == .duplicateKey)
        #expect(error?.detail.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
        let name = String(repeating: "x", count: 100_000)
        let long = #expect(throws: WireError.self) { try JSONParser.parse(#"{"\#(name)":1,"\#(name)":2}"#) }
        #expect((long?.detail.utf8.count ?? .max) < 500)
    }

    @Test func `more values than the limit are refused however short they are`() throws {
        let text = "[" + Array(repeating: "0", count: 9).joined(separator: ",") + "]"
        #expect(throws: Never.self) { try JSONParser.parse(text, limits: .init(values: 10)) }
        let error = #expect(throws: WireError.self) { try JSONParser.parse(text, limits: .init(values: 9)) }
        #expect(error?.reason == .tooLong)
    }
}
