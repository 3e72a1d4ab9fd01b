import ChanceryArithmetic
import ChanceryCircuit
import ChanceryWire
import Foundation
import Testing

/// The vectors of `Tests/Vectors/quorumvm`.
enum QuorumVectors {
    static func document(_ path: String) throws -> JSONValue {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Vectors/quorumvm")
        return try JSONParser.parse([UInt8](Data(contentsOf: folder.appending(path: path))))
    }

    static func cases(_ path: String) throws -> [JSONValue] { try #require(document(path).array) }

    /// A text or integer as an element.
    static func element(_ value: JSONValue?) throws -> FieldElement {
        switch try #require(value) {
        case .string(let text): return try #require(FieldElement(decimal: text))
        case .integer(let number): return FieldElement(signed: number)
        case .bigInteger(let text): return try #require(FieldElement(decimal: text))
        default: throw WireError(.wrongType, "no integer")
        }
    }

    static func double(_ value: JSONValue?) throws -> Double {
        switch try #require(value) {
        case .double(let number): return number
        case .integer(let number): return Double(number)
        default: throw WireError(.wrongType, "no number")
        }
    }

    static func doubles(_ value: JSONValue?) throws -> [Double] { try #require(value?.array).map { try double($0) } }
}

extension Circuit {
    /// Evaluates with inputs by name.
    func outputs(_ inputs: JSONValue, secrets: [FieldElement] = []) throws -> [String: FieldElement] {
        let values = try evaluate(
            inputs: self.inputs.map { try QuorumVectors.element(inputs[$0.name]) }, secrets: secrets)
        return Dictionary(uniqueKeysWithValues: zip(outputs.map(\.name), values))
    }
}
