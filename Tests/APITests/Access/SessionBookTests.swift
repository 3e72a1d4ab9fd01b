import ChanceryAPI
import ChanceryWire
import Testing

struct SessionBookTests {
    private func token(_ number: Int) throws -> SessionToken {
        try SessionToken((0..<32).map { UInt8(truncatingIfNeeded: $0 == 0 ? number : $0 == 1 ? number >> 8 : 7) })
    }

    private func principal(_ name: String) -> Principal { Principal(name: name, keyID: name, roles: [.auditor]) }

    @Test func `a session stands for its key until its end and not a moment longer`() throws {
        var book = SessionBook()
        #expect(try book.open(token(1), for: principal("a"), at: .seconds(10)))
        let end = Duration.seconds(10) + SessionBook.lifetime
        #expect(try book.principal(of: token(1), at: end - .nanoseconds(1))?.name == "a")
        #expect(try book.principal(of: token(1), at: end) == nil)
        #expect(try book.principal(of: token(2), at: .seconds(10)) == nil)
        try book.close(token(1))
        #expect(try book.principal(of: token(1), at: .seconds(11)) == nil)
    }

    @Test func `one key does not take the room of others`() throws {
        var book = SessionBook()
        #expect(try book.open(token(0), for: principal("b"), at: .zero))
        for number in 1...SessionBook.sessionsPerKey + 3 {
            #expect(try book.open(token(number), for: principal("a"), at: .seconds(number)))
        }
        let open = try (1...SessionBook.sessionsPerKey + 3).filter {
            try book.principal(of: token($0), at: .seconds(30)) != nil
        }
        #expect(open == Array(4...SessionBook.sessionsPerKey + 3), "the oldest end")
        #expect(try book.principal(of: token(0), at: .seconds(30)) != nil)
    }

    @Test func `a full book opens no session until one ends`() throws {
        var book = SessionBook()
        for number in 0..<SessionBook.capacity {
            #expect(try book.open(token(number), for: principal("\(number)"), at: .zero))
        }
        #expect(try !book.open(token(9999), for: principal("x"), at: .seconds(1)))
        #expect(try book.open(token(9999), for: principal("x"), at: SessionBook.lifetime))
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
