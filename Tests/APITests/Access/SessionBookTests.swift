import ChanceryAPI
import ChancerySuite
import ChanceryWire
import Testing

struct SessionBookTests {
    private func token(_ number: Int) throws -> SessionToken {
        try SessionToken((0..<32).map { UInt8(truncatingIfNeeded: $0 == 0 ? number : $0 == 1 ? number >> 8 : 7) })
    }

    private let verifying: VerifyingKey<Purpose.HTTP>

    init() throws { verifying = try SigningKey<Purpose.HTTP>.generate(.mlDSA65).publicKey }

    private func key(_ name: String) -> RegisteredKey {
        RegisteredKey(
            name, of: name, roles: [.auditor], key: verifying, notBefore: UTCTime(milliseconds: 0),
            notAfter: UTCTime(milliseconds: .max))
    }

    @Test func `a session stands for its key until its end and not a moment longer`() throws {
        var book = SessionBook()
        #expect(try book.open(token(1), for: key("a"), at: .seconds(10)))
        let end = Duration.seconds(10) + SessionBook.lifetime
        #expect(try book.key(of: token(1), at: end - .nanoseconds(1))?.principal.name == "a")
        #expect(try book.key(of: token(1), at: end) == nil)
        #expect(try book.key(of: token(2), at: .seconds(10)) == nil)
        try book.close(token(1))
        #expect(try book.key(of: token(1), at: .seconds(11)) == nil)
    }

    @Test func `one key does not take the room of others`() throws {
        var book = SessionBook()
        #expect(try book.open(token(0), for: key("b"), at: .zero))
        for number in 1...SessionBook.sessionsPerKey + 3 {
            #expect(try book.open(token(number), for: key("a"), at: .seconds(number)))
        }
        let open = try (1...SessionBook.sessionsPerKey + 3).filter {
            try book.key(of: token($0), at: .seconds(30)) != nil
        }
        #expect(open == Array(4...SessionBook.sessionsPerKey + 3), "the oldest end")
        #expect(try book.key(of: token(0), at: .seconds(30)) != nil)
    }

    @Test func `a full book opens no session until one ends`() throws {
        var book = SessionBook()
        for number in 0..<SessionBook.capacity {
            #expect(try book.open(token(number), for: key("\(number)"), at: .zero))
        }
        #expect(try !book.open(token(9999), for: key("x"), at: .seconds(1)))
        #expect(try book.open(token(9999), for: key("x"), at: SessionBook.lifetime))
    }

    @Test func `a token is read in its one form`() throws {
        let text = try token(1).text
        #expect(try SessionToken(authorization: "Bearer " + text).text == text)
        #expect(try SessionToken(authorization: "bearer " + text).text == text)
        for wrong in [
            "", text, "Basic " + text, "Bearer  " + text, "Bearer " + text.dropFirst(), "Bearer " + text + "A", "Bearer cs_",
        ] {
            #expect(throws: WireError.self, "\(wrong)") { try SessionToken(authorization: wrong) }
        }
    }
}
