internal import ChanceryNode
internal import Hummingbird
internal import NIOCore

extension Admission {
    /// Counts an answer as use of `key`. What has no length beforehand is counted as it goes.
    func counting(_ response: Response, of route: String, by key: APIKeyStatement) -> Response {
        guard let usage else { return response }
        let length = response.body.contentLength
        usage.note(route, status: Int(response.status.code), bytes: length ?? 0, of: key)
        guard length == nil else { return response }
        var counted = response
        counted.body = response.body.map { part in
            usage.note(bytes: part.readableBytes, of: key)
            return part
        }
        return counted
    }
}
