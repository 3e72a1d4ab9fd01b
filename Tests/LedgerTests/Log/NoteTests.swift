import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

struct NoteTests {
    @Test func `a verifier key reads back and nothing else does`() throws {
        let keys = try SignedSample().signer.noteKeys
        for key in keys {
            #expect(try NoteKey(key.text) == key)
            let golden = Array(key.text.utf8)
            for length in 0..<golden.count {
                #expect(throws: WireError.self) { try NoteKey(String(decoding: golden[..<length], as: UTF8.self)) }
            }
            for bit in 0..<golden.count * 8 {
                var changed = golden
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(throws: WireError.self) { try NoteKey(String(decoding: changed, as: UTF8.self)) }
            }
        }
        #expect(try CheckpointVerifier(keys.reversed()).origin.text == SignedSample.origin)
        #expect(throws: WireError.self) { try CheckpointVerifier([keys[0]]) }
        #expect(throws: WireError.self) { try CheckpointVerifier([keys[0], keys[0]]) }
    }

    @Test(arguments: [
        "", "a b", "a+b", "a\tb", "a\nb", "a\u{7f}", "a\u{a0}b", "a\u{2028}b", String(repeating: "x", count: 256),
    ])
    func `a name with spaces, control characters or a plus is refused`(name: String) {
        #expect(throws: WireError.self) { try NoteName(name) }
    }

    @Test func `a note reads back, with empty lines in its text`() throws {
        let line = try SignedNote.Line(name: NoteName("a"), keyID: 0xdead_beef, signature: [1])
        let note = try SignedNote(text: Array("one\n\n\ntwo\n".utf8), lines: [line])
        #expect(note.encoded == Array("one\n\n\ntwo\n\n\u{2014} a 3q2+7wE=\n".utf8))
        #expect(try SignedNote(decoding: note.encoded) == note)
    }

    @Test(arguments: [
        "", "\n", "\n\n", "t\n", "t\n\n", "t\n\n\u{2014} a 3q2+7wE=", "t\n\u{2014} a 3q2+7wE=\n", "t\n\n- a 3q2+7wE=\n",
        "t\n\n\u{2014} a  3q2+7wE=\n", "t\n\n\u{2014}  a 3q2+7wE=\n", "t\n\n\u{2014} a 3q2+7w==\n",
        "t\n\n\u{2014} a 3q2+7wF=\n",
        "t\n\n\u{2014} a 3q2+7wE\n", "t\n\n\u{2014} a 3q2+7wE= x\n", "t\n\n\u{2014} a+ 3q2+7wE=\n",
        "t\n\n\u{2014} a 3q2+7wE= \n",
        "t\r\n\n\u{2014} a 3q2+7wE=\n", "t\n\n\u{2014} a 3q2+7wE=\n\u{2014} a 3q2+7wI=\n", "t\u{0}\n\n\u{2014} a 3q2+7wE=\n",
        "t\n\n\u{2014} a 3q2+7wE=\nx\n", "t\n\n\u{2014} a 3q2+7wE=\n\n", "\n\n\u{2014}a 3q2+7wE=\n",
    ])
    func `any other note is refused`(text: String) {
        #expect(throws: WireError.self) { try SignedNote(decoding: Array(text.utf8)) }
    }

    @Test func `limits hold and sixteen long signatures fit`() throws {
        func note(_ count: Int, bytes: Int) throws -> SignedNote {
            try SignedNote(
                text: Array("t\n".utf8),
                lines: (0..<count).map {
                    try SignedNote.Line(name: NoteName("n\($0)"), keyID: 1, signature: [UInt8](repeating: 7, count: bytes))
                })
        }
        let long = try note(16, bytes: 5000)
        #expect(try SignedNote(decoding: long.encoded) == long)
        #expect(throws: WireError.self) { try note(65, bytes: 4) }
        #expect(throws: WireError.self) { try note(1, bytes: 8193) }
        #expect(throws: WireError.self) { try SignedNote(decoding: note(60, bytes: 8000).encoded) }
        let many = (0..<70).map { "\u{2014} n\($0) 3q2+7wE=\n" }.joined()
        #expect(throws: WireError.self) { try SignedNote(decoding: Array("t\n\n\(many)".utf8)) }
        #expect(throws: WireError.self) { try SignedNote(decoding: [0xff, 0x0a, 0x0a] + Array("\u{2014} a 3q2+7wE=\n".utf8)) }
    }
}
