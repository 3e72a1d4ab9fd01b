internal import ChanceryAPI
internal import ChanceryWire
internal import HTTPTypes

extension RequestFacts {
    /// What the server saw of a request.
    ///
    /// - Parameter body: nil for one that is read later.
    init(_ head: HTTPRequest, statingOrWith body: [UInt8]?, isSecure: Bool) throws(WireError) {
        let facts = try RequestFacts(head, body: body ?? [], isSecure: isSecure)
        self = body == nil ? try facts.statingBody() : facts
    }

    init(_ head: HTTPRequest, body: [UInt8], isSecure: Bool) throws(WireError) {
        try self.init(
            method: head.method.rawValue, scheme: isSecure ? .https : .http, authority: head.authority ?? "",
            target: head.path ?? "/", headers: head.headerFields.map { .init($0.name.rawName, $0.value) }, body: body)
    }
}
