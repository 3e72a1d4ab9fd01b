public import ChanceryOracle

/// What a coordinator does for clients. A client checks everything that comes from it.
public protocol ComputeService: Sendable {
    /// The program's package and what its activation rests on.
    func program(_ id: [UInt8]) async throws -> ProgramStatement
    /// Has a claim certified, its material bound and its sessions begun.
    ///
    /// - Parameter rows: the inputs, where the program's policy counts directions and custodians see them; nil otherwise.
    func claim(
        _ program: [UInt8], secrets: Bool, ticket: Ticket, claim: Claim, rows: PlainRows?
    ) async throws -> ClaimGrant
    /// Hands masked values to the custodians and gives their sealed results.
    func submit(
        _ program: [UInt8], claim: [UInt8], submission: Submission, frames: [Int: [UInt8]]
    ) async throws -> SubmissionAnswer
    /// Has a piece of material made for the secrets of a program.
    func orderSecretsMaterial(_ program: [UInt8]) async throws
}

/// What is said about a program.
public struct ProgramStatement: Sendable {
    public let package: [UInt8]
    /// Nil before activation.
    public let bundle: ActivationBundle?
    /// The installed secrets, masked; nil before, and for a program without.
    public let secrets: StatedSecrets?

    public init(package: [UInt8], bundle: ActivationBundle?, secrets: StatedSecrets?) {
        self.package = package
        self.bundle = bundle
        self.secrets = secrets
    }
}

/// A certified claim and each custodian's sealed shares of the client's masks.
public struct ClaimGrant: Sendable {
    public let certificate: [UInt8]
    public let parties: [Int]
    public let masks: [Int: [UInt8]]

    public init(certificate: [UInt8], parties: [Int], masks: [Int: [UInt8]]) {
        self.certificate = certificate
        self.parties = parties
        self.masks = masks
    }
}

/// Each custodian's sealed results, and why some have none.
public struct SubmissionAnswer: Sendable {
    public let results: [Int: [UInt8]]
    public let refusals: [Int: CustodianError]
    /// Custodians whom others named as wrong.
    public let named: [Int]

    public init(results: [Int: [UInt8]], refusals: [Int: CustodianError], named: [Int]) {
        self.results = results
        self.refusals = refusals
        self.named = named
    }
}
