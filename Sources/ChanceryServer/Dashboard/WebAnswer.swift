internal import HTTPTypes

/// An answer with headers or a status of its own.
public struct WebAnswer: Sendable {
    let status: Int
    let headers: HTTPFields
    let mediaType: String
    let body: [UInt8]

    init(status: Int = 200, headers: HTTPFields = [:], mediaType: String, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.mediaType = mediaType
        self.body = body
    }
}

/// What every answer tells a browser: nothing of another host is loaded, and no other page shows, reads or guides this one.
enum BrowserPolicy {
    static let headers: [(name: String, value: String)] = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                + "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Referrer-Policy", "no-referrer"), ("X-Content-Type-Options", "nosniff"),
    ]

    /// As fields of an answer.
    static let fields: [HTTPField] = headers.compactMap { header in
        HTTPField.Name(header.name).map { HTTPField(name: $0, value: header.value) }
    }
}
