internal import ChanceryAPI
internal import HTTPTypes

/// Whether a request comes from a page of this server, as the browser says.
///
/// A browser states where a page is from, and the page cannot change it: `Origin` (RFC 6454) with whatever changes something,
/// `Sec-Fetch-Site` (W3C Fetch Metadata) with everything. What states neither is no browser of today.
enum BrowserOrigin {
    static func isOwn(_ head: HTTPRequest, isSecure: Bool) -> Bool {
        guard let authority = head.authority?.lowercased(), !authority.isEmpty else { return false }
        if let origin = head.headerFields[.origin] {
            let own = "\(isSecure ? "https" : "http")://\(authority)"
            guard origin.lowercased().utf8.elementsEqual(own.utf8) else { return false }
        }
        switch HTTPField.Name("Sec-Fetch-Site").flatMap({ head.headerFields[$0] }) {
        case nil, "same-origin": return true
        // An address that a person typed, or a link from outside the browser.
        case "none": return isReading(head)
        default: return false
        }
    }

    static func isReading(_ head: HTTPRequest) -> Bool { head.method == .get || head.method == .head }

    /// The value of our cookie; nil when there is none.
    ///
    /// - Throws: `api.malformed_signature` for more than one: another server of this machine may have set the second.
    static func cookie(_ head: HTTPRequest) throws(RequestRefusal) -> String? {
        var found: [Substring] = []
        for field in head.headerFields[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2, parts[0].utf8.elementsEqual(BrowserDesk.cookie.utf8) { found.append(parts[1]) }
            }
        }
        guard found.count <= 1 else { throw .malformedSignature }
        return found.first.map(String.init)
    }
}
