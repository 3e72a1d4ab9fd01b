internal import ChanceryAPI
internal import ChanceryWire

/// A part of a list that only grows: so many after so many.
struct Paging {
    private static let limits: ClosedRange<Int64> = 1...500
    private static let standard: Int64 = 50

    private let after: Int
    private let limit: Int

    static let parameters: [RouteDocument.Parameter] = [
        .query("after", .count, "Leave out so many: `next` of the page before."),
        .query("limit", .integer(limits, standard: standard), "Most elements a page."),
    ]

    init(_ parameters: RequestParameters) throws(APIError) {
        after = Int(try parameters.integer("after", in: 0...CanonicalForm.largestSafeInteger) ?? 0)
        limit = Int(try parameters.integer("limit", in: Self.limits) ?? Self.standard)
    }

    /// The elements of the page under `name`, and where the next one begins.
    func page<Element>(_ name: String, of list: [Element], _ json: (Element) throws -> JSONValue) rethrows -> APIResponse {
        let rest = list.dropFirst(after)
        let next: JSONValue = rest.count > limit ? .integer(Int64(after + limit)) : .null
        return .json(.object([name: .array(try rest.prefix(limit).map(json)), "next": next]))
    }

    /// The shape of a page.
    static func schema(_ name: String, _ element: Schema) -> Schema {
        .object([
            (name, .array(element, limit: Int(limits.upperBound))),
            ("next", .integer(0...CanonicalForm.largestSafeInteger, isOptional: true)),
        ])
    }
}
