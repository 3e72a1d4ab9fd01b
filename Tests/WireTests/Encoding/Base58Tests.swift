import ChanceryWire
import Testing

struct Base58Tests {
    @Test func `leading zero bytes become leading ones and come back`() throws {
        #expect(Base58.encode([0, 0, 1]) == "112")
        #expect(try Base58.decode("112") == [0, 0, 1])
    }
}
