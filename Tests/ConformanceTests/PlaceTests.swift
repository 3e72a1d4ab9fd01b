import ChanceryWire
import Testing

struct PlaceTests {
    @Test func `vector files keep the kind of their numbers`() throws {
        #expect(try JSONParser.parse("1") != JSONParser.parse("1.0"))
    }
}
