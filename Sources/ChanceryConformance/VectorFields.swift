package import ChanceryWire

/// A vector file lacks a value that its format demands; the case fails instead of being passed over.
struct MissingStatement: Error, CustomStringConvertible {
    let path: String
    var description: String { "the vectors state no usable `\(path)`" }
}

/// Reads the members of a case.
extension JSONValue {
    func stated(_ name: String) throws -> JSONValue {
        guard let value = self[name] else { throw MissingStatement(path: name) }
        return value
    }

    func text(_ name: String) throws -> String {
        guard let text = try stated(name).string else { throw MissingStatement(path: name) }
        return text
    }

    func number<Integer: FixedWidthInteger>(_ name: String) throws -> Integer {
        guard let number = try stated(name).integer, let fitting = Integer(exactly: number) else {
            throw MissingStatement(path: name)
        }
        return fitting
    }

    func flag(_ name: String) throws -> Bool {
        guard let flag = try stated(name).bool else { throw MissingStatement(path: name) }
        return flag
    }

    func list(_ name: String) throws -> [JSONValue] {
        guard let list = try stated(name).array else { throw MissingStatement(path: name) }
        return list
    }

    func record(_ name: String) throws -> JSONObject {
        guard let object = try stated(name).object else { throw MissingStatement(path: name) }
        return object
    }

    /// Hexadecimal of either case, as the public vectors mix them.
    func hex(_ name: String) throws -> [UInt8] { try Hex.decode(text(name).lowercased()) }

    /// The bytes of a member that may be absent.
    func optionalHex(_ name: String) throws -> [UInt8]? { self[name] == nil ? nil : try hex(name) }

    func base64(_ name: String) throws -> [UInt8] { try Base64.standard.decode(text(name)) }

    /// This value with the member at `path` replaced, or removed when `value` is nil.
    package func setting(_ path: String, to value: JSONValue?) -> JSONValue {
        setting(path.split(separator: ".").map(String.init)[...], to: value)
    }

    private func setting(_ path: ArraySlice<String>, to value: JSONValue?) -> JSONValue {
        guard let name = path.first, var object else { return value ?? .null }
        object[name] = path.count == 1 ? value : (object[name] ?? .null).setting(path.dropFirst(), to: value)
        return .object(object)
    }
}

extension VectorFile {
    func siblingJSON(_ name: String) throws -> JSONValue {
        try JSONParser.parse(sibling(name), limits: .init(bytes: 64 << 20, depth: 64))
    }

    var document: JSONValue {
        get throws {
            guard let json else { throw MissingStatement(path: name) }
            return json
        }
    }
}

/// The groups of tests that Wycheproof and ACVP files share.
struct VectorGroups {
    let groups: [(group: JSONValue, tests: [JSONValue])]

    init(_ container: JSONValue) throws {
        groups = try container.list("testGroups").map { ($0, try $0.list("tests")) }
    }

    func forEach(_ body: (_ group: JSONValue, _ test: JSONValue, _ name: String) throws -> Void) throws {
        for (group, tests) in groups {
            for test in tests { try body(group, test, "tcId \(test.number("tcId") as Int)") }
        }
    }
}

extension VectorFile {
    /// The `name = value` lines of a CCTV text file; nil when another line stands among them.
    var assignments: [(name: String, value: String)]? {
        guard json == nil, let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var pairs: [(String, String)] = []
        for line in text.split(separator: "\n") {
            guard let sign = line.firstRange(of: " = ") else { return nil }
            pairs.append((String(line[..<sign.lowerBound]), String(line[sign.upperBound...])))
        }
        return pairs
    }
}
