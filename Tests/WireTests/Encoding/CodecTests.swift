import ChanceryWire
import Testing

/// A text codec and one golden text of it.
struct Codec: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let golden: String
    let alphabet: Set<UInt8>
    let decode: @Sendable (String) throws -> [UInt8]
    let encode: @Sendable ([UInt8]) -> String

    static let bytes = (0..<31).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 5) }
    private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)

    static let all = [
        Codec(
            testDescription: "hexadecimal", golden: Hex.encode(bytes), alphabet: Set("0123456789abcdef".utf8),
            decode: { try Hex.decode($0) }, encode: { Hex.encode($0) }),
        Codec(
            testDescription: "base64", golden: Base64.standard.encode(bytes), alphabet: Set(letters + Array("+/=".utf8)),
            decode: { try Base64.standard.decode($0) }, encode: { Base64.standard.encode($0) }),
        Codec(
            testDescription: "base64url", golden: Base64.url.encode(bytes), alphabet: Set(letters + Array("-_".utf8)),
            decode: { try Base64.url.decode($0) }, encode: { Base64.url.encode($0) }),
        Codec(
            testDescription: "base58", golden: Base58.encode(bytes), alphabet: Set(letters).subtracting("0OIl".utf8),
            decode: { try Base58.decode($0) }, encode: { Base58.encode($0) }),
    ]
}

struct CodecTests {
    @Test(arguments: Codec.all)
    func `bytes of every length come back`(codec: Codec) throws {
        for length in 0..<70 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ length) }
            #expect(try codec.decode(codec.encode(bytes)) == bytes)
            let zeros = [UInt8](repeating: 0, count: length)
            #expect(try codec.decode(codec.encode(zeros)) == zeros)
        }
    }

    @Test(arguments: Codec.all)
    func `no foreign character is accepted at any place`(codec: Codec) {
        let golden = Array(codec.golden.utf8)
        for place in golden.indices {
            for byte in UInt8(0)..<128 where !codec.alphabet.contains(byte) {
                var text = golden
                text[place] = byte
                #expect(throws: WireError.self) { try codec.decode(String(decoding: text, as: UTF8.self)) }
            }
        }
        for foreign in ["é", "０", "\u{212a}", "\u{301}", "😀", " ", "\n"] {
            for text in [foreign + codec.golden, codec.golden + foreign] {
                #expect(throws: WireError.self) { try codec.decode(text) }
            }
        }
    }

    @Test(arguments: Codec.all)
    func `a flipped bit or a missing end never reads as the same bytes`(codec: Codec) {
        let golden = Array(codec.golden.utf8)
        for place in golden.indices {
            for bit in 0..<8 {
                var text = golden
                text[place] ^= 1 << UInt8(bit)
                #expect((try? codec.decode(String(decoding: text, as: UTF8.self))) != Codec.bytes)
            }
            #expect((try? codec.decode(String(decoding: golden[..<place], as: UTF8.self))) != Codec.bytes)
        }
    }

    @Test(arguments: ["0", "abc", "AB", "0x00", "00 ", "0g"])
    func `hexadecimal that is not two lower-case digits a byte is refused`(text: String) {
        #expect(throws: WireError.self) { try Hex.decode(text) }
    }

    @Test(arguments: [
        "QQ", "QQ=", "QQ===", "QR==", "QUJ=", "Q", "=", "==", "====", "QQ==QQ==", "QUI=\n", "Q-==", "AAAA====",
    ])
    func `base64 with wrong padding or unused bits is refused`(text: String) {
        #expect(throws: WireError.self) { try Base64.standard.decode(text) }
    }

    @Test(arguments: ["Q", "QR", "QUJ", "QQ==", "QUI=", "+/+/", "QQ\n"])
    func `base64url with padding, unused bits or the other alphabet is refused`(text: String) {
        #expect(throws: WireError.self) { try Base64.url.decode(text) }
    }

    @Test func `RFC 4648 vectors read and write`() throws {
        for (plain, text) in [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            #expect(Base64.standard.encode(Array(plain.utf8)) == text)
            #expect(try Base64.standard.decode(text) == Array(plain.utf8))
        }
    }

    @Test func `base58 refuses a text that would cost too much`() {
        let error = #expect(throws: WireError.self) {
            try Base58.decode(String(repeating: "z", count: Base58.maximumCharacters + 1))
        }
        #expect(error?.reason == .tooLong)
    }
}
