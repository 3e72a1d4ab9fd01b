internal import ChanceryWire

/// Reads the members of a case; a missing or mistyped member fails the case and says which.
extension JSONValue {
    func text(_ name: String) throws -> String {
        guard let text = self[name]?.string else { throw WireError(.missingMember, "the case lacks the text `\(name)`") }
        return text
    }

    /// Hexadecimal of either case, as the public vectors mix them.
    func hex(_ name: String) throws -> [UInt8] { try Hex.decode(text(name).lowercased()) }

    /// Hexadecimal, nil when the case has no such member.
    func optionalHex(_ name: String) throws -> [UInt8]? { self[name] == nil ? nil : try hex(name) }

    func base64(_ name: String) throws -> [UInt8] { try Base64.standard.decode(text(name)) }

    func list(_ name: String) throws -> [JSONValue] {
        guard let list = self[name]?.array else { throw WireError(.missingMember, "the file lacks the list `\(name)`") }
        return list
    }

    func flag(_ name: String) throws -> Bool {
        guard let flag = self[name]?.bool else { throw WireError(.missingMember, "the case lacks the flag `\(name)`") }
        return flag
    }

    func number(_ name: String) throws -> Int {
        guard let number = self[name]?.integer else {
            throw WireError(.missingMember, "the case lacks the number `\(name)`")
        }
        return Int(number)
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
            for test in tests { try body(group, test, "tcId \(test.number("tcId"))") }
        }
    }
}

extension VectorFile {
    /// The parsed text, for runners that recognised it by its JSON.
    func document() throws -> JSONValue {
        guard let json else { throw WireError(.wrongType, "the file is not JSON") }
        return json
    }

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
