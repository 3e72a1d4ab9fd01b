import ChanceryWire

/// The gateway's own question for a server's tools.
package struct ToolFetch: Sendable {
    enum Stage: Sendable {
        /// A page is on its way.
        case asking
        /// The accepted pins are being read.
        case loading
        /// What is new in the list is being kept; until that is durable nothing is known.
        case saving
    }

    /// The request of the page that is on its way.
    package internal(set) var id: MessageID
    let era: ProtocolEra
    let meta: JSONObject?
    var listing = ToolListing()
    var deadline: UTCTime
    var stage = Stage.asking
    /// The server announced a change meanwhile: ask again.
    var isStale = false
}
