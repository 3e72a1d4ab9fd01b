import ChanceryWire
import Testing

struct RecordReaderTests {
    @Test func `a record is read when every member was asked for`() throws {
        var reader = RecordReader(["a": "x", "n": 3, "h": "00ff", "b": "AP8", "f": true, "l": [1]] as JSONObject, "test")
        #expect(try reader.string("a") == "x")
        #expect(try reader.integer("n") == 3)
        #expect(try reader.hex("h", count: 2) == [0, 255])
        #expect(try reader.bytes("b", count: 2) == [0, 255])
        #expect(try reader.bool("f"))
        #expect(try reader.array("l") == [1])
        #expect(try reader.optionalString("absent") == nil)
        try reader.finish()
    }

    @Test func `a member that nobody asked for is refused`() throws {
        var reader = RecordReader(["a": 1, "b": 2] as JSONObject, "test")
        _ = try reader.integer("a")
        let error = #expect(throws: WireError.self) { try reader.finish() }
        #expect(error?.reason == .unknownMember)
    }

    @Test func `a name that merely looks like a known one is unknown`() throws {
        var reader = RecordReader(["K": 1, "\u{212a}": 2] as JSONObject, "test")
        _ = try reader.integer("K")
        #expect(throws: WireError.self) { try reader.finish() }
    }

    @Test func `removing a member leaves names that merely look alike`() {
        let object = ["K": 1, "\u{212a}": 2] as JSONObject
        #expect(object.removing(["K"]).names.map { Array($0.utf8) } == [[0xe2, 0x84, 0xaa]])
    }

    @Test func `each wrong shape has its reason`() throws {
        func reason(_ value: JSONValue, _ read: (inout RecordReader) throws -> Void) throws -> WireError.Reason? {
            var reader = RecordReader(["m": value] as JSONObject, "test")
            do { try read(&reader) } catch let error as WireError { return error.reason }
            return nil
        }
        #expect(try reason(1) { _ = try $0.string("m") } == .wrongType)
        #expect(try reason("xyz") { _ = try $0.string("m", limit: 2) } == .tooLong)
        #expect(try reason("xyz") { _ = try $0.string("n") } == .missingMember)
        #expect(try reason(.double(1.5)) { _ = try $0.integer("m") } == .wrongType)
        #expect(try reason(-1) { _ = try $0.integer("m") } == .invalidValue)
        #expect(try reason(9_007_199_254_740_992) { _ = try $0.integer("m") } == .invalidValue)
        #expect(try reason([1, 2]) { _ = try $0.array("m", limit: 1) } == .tooLong)
        #expect(try reason([1]) { _ = try $0.object("m") } == .wrongType)
        #expect(try reason("00FF") { _ = try $0.hex("m", count: 2) } == .invalidCharacter)
        #expect(try reason("00") { _ = try $0.hex("m", count: 2) } == .invalidValue)
        #expect(try reason("AP9") { _ = try $0.bytes("m", count: 2) } == .notCanonical)
        #expect(throws: WireError.self) { try RecordReader([1] as JSONValue, "test") }
    }
}
