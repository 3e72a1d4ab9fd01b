internal import ChanceryInference
public import ChanceryWire

/// What a server answers instead of success. The code is the server's own where it states one.
public struct Refusal: CodedError, Equatable {
    public let status: Int
    public let code: String
    public let detail: String

    init(status: Int, body: [UInt8]) {
        let problem = try? JSONParser.parse(body, limits: .init(bytes: 1 << 16, depth: 8))
        let stated = problem?["code"]?.string.flatMap { Self.isCode($0) ? $0 : nil }
        self.status = status
        code = stated ?? InferenceError.Reason.refused.rawValue
        detail = "the service answers with status \(status): \(problem?["detail"]?.string ?? "no reason")".asErrorDetail
    }

    /// Lower-case words joined by dots; what a server says ends up in logs and exit codes.
    private static func isCode(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f || $0 == 0x2e }
    }
}
