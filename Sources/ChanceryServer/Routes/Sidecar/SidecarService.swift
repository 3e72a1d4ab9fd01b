internal import ChanceryAPI
public import ChanceryClient
public import ChanceryInference
internal import ChancerySuite
internal import HTTPTypes

/// What the routes of the sidecar work with: programs of this machine speak OpenAI's interface to it in the clear, and it
/// speaks to the service for them.
public struct SidecarService: Sendable {
    /// What is kept of an answer. What it throws is an error of the answer.
    public typealias Keeper = @Sendable (ResponseOpener.Proof) async throws -> Void

    let client: SecureClient
    private let token: [UInt8]?
    private let keep: Keeper?

    /// - Parameter token: what programs send as their API key; nil lets every program of this machine ask.
    public init(_ client: SecureClient, token: String? = nil, keep: Keeper? = nil) {
        self.client = client
        self.token = token.map { Array($0.utf8) }
        self.keep = keep
    }

    /// - Throws: `api.unauthorized` for a program without the token.
    func admit(_ request: APIRequest) throws {
        guard let token else { return }
        let offered = request.head.headerFields[.authorization].map { Array($0.utf8) } ?? []
        guard constantTimeEqual(offered, Array("Bearer ".utf8) + token) else {
            throw APIError(.unauthorized, "the sidecar was started with a token; send it as the API key")
        }
    }

    func noting(_ proof: ResponseOpener.Proof) async throws { try await keep?(proof) }
}
