public import ChanceryWire

/// What a route answers with success.
public enum APIResponse: Sendable {
    /// A JSON value, in canonical form.
    case json(JSONValue)
    case bytes([UInt8], mediaType: String)
    /// Bytes that are fetched as the client takes them, whole or in part.
    case content(ContentStream)
    /// Server-sent events, until there are no more, the client goes away or the server stops.
    case events(EventFeed)
    /// Bytes of any number, with a status of their own.
    case live(LiveAnswer)
    /// What a browser shows or keeps, with headers of its own.
    case web(WebAnswer)
}
