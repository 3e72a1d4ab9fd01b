import ChanceryMCP
import ChanceryWire
import Testing

struct MessageTests {
    @Test(arguments: [
        (#"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#, MCPError.Reason.malformed),
        (#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":1,"\u0078":2}}"#, .malformed),
        (#"{"jsonrpc":"2.0","id":1,"method":"a"}}"#, .malformed), ("", .malformed), ("\u{feff}{}", .malformed),
        (#"[{"jsonrpc":"2.0","id":1,"method":"a"}]"#, .invalidRequest), ("1", .invalidRequest), ("null", .invalidRequest),
        (#"{"jsonrpc":"1.0","id":1,"method":"a"}"#, .invalidRequest), (#"{"id":1,"method":"a"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":null,"method":"a"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1.0,"method":"a"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":true,"method":"a"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":[1],"method":"a"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":9007199254740992,"method":"a"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"method":7}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"method":"a","params":[1]}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"method":"a","params":null}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"method":"a","result":{}}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"method":"a","extra":1}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"result":[]}"#, .invalidRequest), (#"{"jsonrpc":"2.0","id":1}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":""}}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"error":{"code":1}}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":{},"error":{"code":1,"message":""}}"#, .invalidRequest),
    ])
    func `what two readers could take differently is refused`(line: String, reason: MCPError.Reason) {
        let fault = #expect(throws: MessageFault.self) { try Message.read(Array(line.utf8)) }
        #expect(fault?.error.reason == reason, "\(line): \(String(describing: fault))")
    }

    @Test func `a message of the limit is refused, one byte less is read`() throws {
        let message = #"{"jsonrpc":"2.0","id":1,"method":"a"}"#
        let padding = String(repeating: " ", count: 60 - message.utf8.count)
        _ = try Message.read(Array((message + padding.dropLast()).utf8), limits: .init(bytes: 60))
        let fault = #expect(throws: MessageFault.self) {
            try Message.read(Array((message + padding).utf8), limits: .init(bytes: 60))
        }
        #expect(fault?.error.reason == .tooLong)
    }

    @Test func `a refused request is named where its id can be read`() {
        let fault = #expect(throws: MessageFault.self) {
            try Message.read(Array(#"{"jsonrpc":"2.0","id":"x","method":7}"#.utf8))
        }
        #expect(fault?.id == .string(ExactText("x")))
    }

    @Test func `an integer and a string are different ids, as are texts that only look alike`() {
        #expect(MessageID(1) != MessageID("1"))
        #expect(MessageID("\u{e9}") != MessageID("e\u{301}"))
        #expect(ExactText("\u{212a}") != ExactText("K"))
    }

    @Test func `lines are the same however the stream is cut`() {
        let stream = Array("one\ntwo\r\n\nlong-long-long\nfour\n".utf8)
        let expected: [InboundLine] =
            ["one", "two", ""].map { .text(Array($0.utf8)) } + [.overlong, .text(Array("four".utf8))]
        for size in 1...stream.count {
            var splitter = LineSplitter(limit: 5)
            var lines: [InboundLine] = []
            for start in stride(from: 0, to: stream.count, by: size) {
                lines += splitter.push(stream[start..<min(start + size, stream.count)])
            }
            #expect(lines == expected, "pieces of \(size)")
        }
    }

    @Test func `the digest of the tests is SHA-256`() {
        // FIPS 180-4, example of one block.
        #expect(
            Hex.encode(SlowDigest().sha256(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
