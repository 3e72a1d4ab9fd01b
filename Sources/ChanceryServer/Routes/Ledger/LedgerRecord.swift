internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

extension Route {
    /// `GET /v1/ledger/records/{position}`: all that somebody needs to prove a record without trusting this answer.
    static func ledgerRecord(_ services: HomeServices) -> Route {
        let document = RouteDocument(
            .get, "/v1/ledger/records/{position}", id: "ledgerRecord", tag: "ledger",
            summary: "The record at a position: its bytes as they are stored, and the log's entry about it.",
            access: .oversight,
            parameters: [
                .path("position", .integer(0...CanonicalForm.largestSafeInteger), "Where the record stands in the log.")
            ],
            content: .json(
                .object([
                    ("agent", .string()), ("bytes", .string()), ("entry", .string()), ("event_type", .string(isOptional: true)),
                    ("id", .hex(32, 64)), ("kind", .string()), ("leaf", .hex(32)), ("position", .count),
                    ("sequence", .integer(isOptional: true)), ("session", .string(isOptional: true)), ("time", .time()),
                ])), refusals: [404])
        return Route(document) { request in
            let position = UInt64(
                try RequestParameters.require(
                    request.parameters.integer("position", in: 0...CanonicalForm.largestSafeInteger), "position"))
            return try await services.blocking {
                let query = RecordQuery(after: position == 0 ? nil : position - 1, limit: 1)
                guard let record = try services.store.records(query).first, record.position == position else {
                    throw NodeError(.notFound, "there is no record at \(position)")
                }
                var object = RecordBody.heading(RecordHeading(record))
                let entry = try LogEntry(type: record.kind, id: record.id, envelope: record.bytes)
                object["bytes"] = .string(Base64.url.encode(record.bytes))
                object["entry"] = .string(String(decoding: entry.encoded, as: UTF8.self))
                object["leaf"] = .string(Hex.encode(record.leaf.bytes))
                return .json(.object(object))
            }
        }
    }
}
