internal import ChanceryAPI
internal import ChanceryWire
internal import HTTPTypes

extension RequestFacts {
    /// What the server saw of a request.
    init(_ head: HTTPRequest, body: [UInt8], isSecure: Bool) throws(WireError) {
        try self.init(
            method: head.method.rawValue, scheme: isSecure ? .https : .http, authority: head.authority ?? "",
            target: head.path ?? "/", headers: head.headerFields.map { .init($0.name.rawName, $0.value) }, body: body)
    }
}
