/// The members of a JSON object in the order they were written, each name once.
public struct JSONObject: Sendable {
    public struct Member: Sendable {
        public let name: String
        public var value: JSONValue

        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    // Invariant: names are distinct as byte strings.
    public private(set) var members: [Member]

    public init() { members = [] }

    /// Repeated names trap: this is for objects built by the program. The parser refuses them with an error.
    public init(_ members: [Member]) {
        precondition(Self.firstDuplicate(in: members) == nil, "repeated member name")
        self.members = members
    }

    /// For the parser, which has checked already that names are distinct.
    init(distinct members: [Member]) { self.members = members }

    public var isEmpty: Bool { members.isEmpty }
    public var count: Int { members.count }
    public var names: [String] { members.map(\.name) }

    /// The value of `name`; setting nil removes the member.
    public subscript(name: String) -> JSONValue? {
        get { members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value }
        set {
            let index = members.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// This object without the members called `names`.
    public func removing(_ names: Set<String>) -> JSONObject {
        let bytes = Set(names.map { Array($0.utf8) })
        return JSONObject(distinct: members.filter { !bytes.contains(Array($0.name.utf8)) })
    }

    /// The index of a member whose name appeared before, in O(n log n).
    static func firstDuplicate(in members: [Member]) -> Int? {
        if members.count < 9 {
            for index in members.indices.dropFirst() {
                let name = members[index].name.utf8
                if members[..<index].contains(where: { $0.name.utf8.elementsEqual(name) }) { return index }
            }
            return nil
        }
        let order = members.indices.sorted {
            members[$0].name.utf8.lexicographicallyPrecedes(members[$1].name.utf8)
        }
        var duplicates: [Int] = []
        for (left, right) in zip(order, order.dropFirst())
        where members[left].name.utf8.elementsEqual(members[right].name.utf8) {
            duplicates.append(max(left, right))
        }
        return duplicates.min()
    }
}

extension JSONObject: Equatable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        if zip(left.members, right.members).allSatisfy({ $0.name.utf8.elementsEqual($1.name.utf8) }) {
            return zip(left.members, right.members).allSatisfy { $0.value == $1.value }
        }
        let ordered = { (object: JSONObject) in
            object.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
        return zip(ordered(left), ordered(right)).allSatisfy {
            $0.name.utf8.elementsEqual($1.name.utf8) && $0.value == $1.value
        }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Repeated names are a programming mistake and trap, as in `Dictionary`.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { Member(name: $0.0, value: $0.1) })
    }
}
