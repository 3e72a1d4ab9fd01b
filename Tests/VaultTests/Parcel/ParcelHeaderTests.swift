import ChanceryVault
import TestKit
import Testing

/// What stands before the body is read as it was written, or not at all.
struct ParcelHeaderTests {
    private func read(_ bytes: [UInt8]) throws -> ParcelHeader {
        var rest = bytes[...]
        return try ParcelHeader { count in
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
    }

    @Test func `a header is read as it was written, and every cut is refused`() throws {
        let header = try ParcelHeader(documents: [1], manifest: [2, 3], sealing: [4, 5, 6], keyring: [7])
        let bytes = header.bytes
        #expect(bytes == Array("CHPARCL1".utf8) + [0, 0, 0, 1, 1, 0, 0, 0, 2, 2, 3, 0, 0, 0, 3, 4, 5, 6, 0, 0, 0, 1, 7])
        #expect(try read(bytes + [9, 9]) == header)
        for length in 0..<bytes.count {
            #expect(code { _ = try read(Array(bytes[..<length])) } == "vault.parcel_malformed", "\(length)")
        }
    }

    @Test func `another start, empty parts and parts beyond the limit are refused`() throws {
        let bytes = try ParcelHeader(documents: [1], manifest: [2], sealing: [3], keyring: [4]).bytes
        for index in 0..<8 { #expect(code { _ = try read(bytes.flipping(index, 1)) } == "vault.parcel_malformed") }
        for length in [[UInt8](repeating: 0, count: 4), [0, 0x10, 0, 1], [0xff, 0xff, 0xff, 0xff]] {
            let altered = Array(bytes[..<8]) + length + Array(bytes[12...])
            #expect(code { _ = try read(altered) } == "vault.parcel_malformed", "\(length)")
        }
        #expect(
            code { _ = try ParcelHeader(documents: [], manifest: [2], sealing: [3], keyring: [4]) } == "vault.parcel_malformed")
    }
}
