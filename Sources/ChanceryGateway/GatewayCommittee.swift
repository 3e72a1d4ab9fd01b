public import ChanceryArithmetic
public import ChanceryCustodian

/// The custodians as the gateway reaches them: one client of theirs, with one key.
public protocol GatewayCommittee: Sendable {
    var roster: CustodianRoster { get }
    /// The id of the gateway's own key, whose budgets the custodians keep.
    var client: [UInt8] { get }

    /// Hands a package to every custodian.
    ///
    /// - Returns: the program's id.
    func install(_ package: [UInt8]) async throws -> [UInt8]
    func program(_ id: [UInt8]) async throws -> ProgramStatement
    func approve(_ id: [UInt8], _ bundle: ActivationBundle) async throws
    func activate(_ id: [UInt8]) async throws
    /// Has material made for `count` evaluations.
    func order(_ id: [UInt8], count: Int) async throws
    /// For how many evaluations enough custodians have material.
    func free(_ id: [UInt8]) async throws -> Int
    func evaluate(_ id: [UInt8], _ inputs: [[FieldElement]]) async throws -> ComputeResult
}
