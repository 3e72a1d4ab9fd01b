import ChanceryArithmetic
import ChanceryWire
import Foundation
import Testing

/// The vectors of threshold execution.
enum QuorumVectors {
    static func document(_ name: String) throws -> JSONValue {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Vectors/quorumvm")
        return try JSONParser.parse(
            [UInt8](Data(contentsOf: folder.appending(path: name))), limits: .init(bytes: 64 << 20, depth: 64))
    }

    static func cases(_ name: String, _ member: String? = nil) throws -> [JSONValue] {
        let document = try document(name)
        return try #require((member.map { document[$0] } ?? document)?.array)
    }
}

extension JSONValue {
    func element(_ name: String) throws -> FieldElement {
        try #require(self[name]?.string.flatMap { FieldElement(decimal: $0) }, "no number `\(name)`")
    }

    func elements(_ name: String) throws -> [FieldElement] {
        try #require(self[name]?.array).map { try #require($0.string.flatMap { FieldElement(decimal: $0) }) }
    }

    func shares(_ name: String) throws -> [ShamirShare] {
        try #require(self[name]?.array).map { point in
            let pair = try #require(point.array)
            return ShamirShare(
                x: FieldElement(UInt64(try #require(pair[0].integer))),
                y: try #require(pair[1].string.flatMap { FieldElement(decimal: $0) }))
        }
    }

    func count(_ name: String) throws -> Int { Int(try #require(self[name]?.integer)) }
}

/// SplitMix64 (Steele, Lea, Flood 2014): reproducible test values.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func element() -> FieldElement { FieldElement(reducing: UInt128(next()) << 64 | UInt128(next())) }
}
