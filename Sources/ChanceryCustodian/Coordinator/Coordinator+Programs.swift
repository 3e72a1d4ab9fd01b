internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryOracle
public import ChancerySuite
internal import ChanceryThreshold
public import ChanceryWire

extension Coordinator {
    /// Hands a package to every custodian; each reads it, holds its id against its content and checks the owner's `order`.
    ///
    /// - Returns: the program's id.
    public func install(_ package: [UInt8], _ order: UnverifiedRecord) async throws -> [UInt8] {
        let body: JSONObject = ["op": "install", "order": try JSONParser.parse(order.bytes)]
        let (answers, refusals) = await askAll(Array(roster.committee.members)) { _ in (body, package) }
        guard answers.count == roster.committee.size else {
            throw Self.commonest(refusals, "not every custodian has the program")
        }
        // Not by a custodian's word: that one may lie.
        let id = try read(package).id
        statements[id] = nil
        return id
    }

    /// Takes approvals of an installed program, or what the custodians' federation decided about it.
    ///
    /// - Returns: how many custodians approve the same.
    public func approve(_ program: [UInt8], _ bundle: ActivationBundle) async throws -> Int {
        // Nothing is kept for what nobody installed.
        let statement = try await self.program(program)
        guard bundle.decisions == nil else {
            try await requireDecided(bundle, of: program, statement)
            pending[program, default: PendingApprovals()].add(decided: bundle)
            return 0
        }
        var all = pending[program] ?? PendingApprovals()
        let count = try all.add(bundle, of: program, by: roster.set)
        pending[program] = all
        return count
    }

    /// Refuses what the custodians' federation did not decide, and what lacks an owner's statement that the policy asks for.
    private func requireDecided(_ bundle: ActivationBundle, of program: [UInt8], _ statement: ProgramStatement) async throws {
        _ = try bundle.activation(of: program, by: roster.set, under: await federation())
        guard try bundle.extraction != nil || !read(statement.package).needsExtraction(under: bundle.policy) else {
            throw OracleError(
                .extractionMissing, "the policy sets a limit on extraction, and no owner's statement comes with the decision")
        }
    }

    /// The federation that more custodians say binds them than may lie; nil for none.
    private func federation() async throws -> FederationID? {
        let stated = await status().values.compactMap { $0["federation"]?["federation"]?.string }
        let agreed = Dictionary(grouping: stated) { $0 }.first { $0.value.count > roster.committee.corruptions }
        return try agreed.map { try FederationID($0.key) }
    }

    /// Shows every custodian the approvals; each checks them itself.
    ///
    /// - Parameter decided: what the federation decided, with the owner's statement that its bearer means; nil for what was handed in
    ///   before. Anybody hands in public decisions with a statement that only looks like the owner's, and the latest few are kept:
    ///   whoever brings the genuine one along depends on nobody else.
    /// - Returns: the activation's id.
    public func activate(_ program: [UInt8], decided: ActivationBundle? = nil) async throws -> [UInt8] {
        let bundles: [ActivationBundle]
        if let decided {
            guard decided.decisions != nil else {
                throw CustodianError(
                    .messageMalformed, "only what a federation decided is brought along; approvals are handed in")
            }
            try await requireDecided(decided, of: program, self.program(program))
            bundles = [decided]
        } else {
            bundles = try (pending[program] ?? PendingApprovals()).bundles(threshold: roster.set.threshold)
        }
        var refusal: CustodianError?
        for bundle in bundles {
            let body: JSONObject = ["bundle": try bundle.json, "op": "activate", "program": .string(Hex.encode(program))]
            let (answers, refusals) = await askAll(Array(roster.committee.members), enough: roster.set.quorum) { _ in
                (body, [])
            }
            guard answers.count >= roster.set.quorum else {
                refusal = refusal ?? Self.commonest(refusals, "too few custodians activated the program")
                continue
            }
            statements[program] = nil
            return try bundle.terms(of: program, by: roster.set).id
        }
        throw refusal ?? CustodianError(.notActivated, "nobody approved the program")
    }

    /// Shows every custodian what a federation decided, with the members' word that it is the latest.
    public func govern(_ file: [UInt8]) async throws -> [Int: JSONObject] { try await show("govern", file) }

    /// Shows every custodian the certificate of a freeze.
    public func freeze(_ certificate: [UInt8]) async throws -> [Int: JSONObject] { try await show("freeze", certificate) }

    private func show(_ op: JSONValue, _ bytes: [UInt8]) async throws -> [Int: JSONObject] {
        let (answers, refusals) = await askAll(Array(roster.committee.members), enough: roster.set.quorum) { _ in
            (["op": op], bytes)
        }
        guard answers.count >= roster.set.quorum else {
            throw Self.commonest(refusals, "too few custodians are reached")
        }
        return answers.mapValues(\.body)
    }

    /// What each custodian says of itself; nil for those that are not reached.
    public func status() async -> [Int: JSONObject] {
        await askAll(Array(roster.committee.members), enough: fewest) { _ in (["op": "status"], []) }.answers.mapValues(\.body)
    }

    /// What the custodians answer to a question about a program.
    public func query(_ what: String, _ program: [UInt8], client: [UInt8]? = nil) async throws -> [Int: JSONObject] {
        var body: JSONObject = ["op": .string(what), "program": .string(Hex.encode(program))]
        if let client { body["client"] = .string(Hex.encode(client)) }
        if what == "pool" { body["secrets"] = false }
        if what == "blame" { body["id"] = .null }
        let fixed = body
        let (answers, refusals) = await askAll(Array(roster.committee.members), enough: fewest) { _ in (fixed, []) }
        guard !answers.isEmpty else { throw Self.commonest(refusals, "no custodian is reached") }
        return answers.mapValues(\.body)
    }

    /// A file with evidence that a custodian holds.
    ///
    /// - Throws: `custodian.evidence_unknown` when that custodian has none of this name, or is none.
    public func evidence(_ id: [UInt8], about program: [UInt8], from custodian: Int) async throws -> [UInt8] {
        guard roster.committee.members.contains(custodian) else {
            throw CustodianError(.evidenceUnknown, "there is no custodian \(custodian)")
        }
        do {
            return try await ask(
                custodian,
                ["id": .string(Hex.encode(id)), "op": "blame", "program": .string(Hex.encode(program))]
            ).attachment
        } catch let error as CustodianError where error.reason == .claimUnknown {
            throw CustodianError(.evidenceUnknown, error.detail)
        }
    }

    /// The package, and what more than t custodians say of it.
    ///
    /// One custodian could give another package, or an activation and masked secrets that are none, and keep clients from a program
    /// that runs.
    public func program(_ id: [UInt8]) async throws -> ProgramStatement {
        if let known = statements[id] { return known }
        let body: JSONObject = ["op": "program", "program": .string(Hex.encode(id))]
        let roster = roster
        let reading: @Sendable (Int, Answer) -> Word? = { _, answer in try? Word(answer, of: id, by: roster) }
        let replies = await askAll(connected.sorted(), enough: fewest, reading: reading) { _ in (body, []) }
        var groups: [[UInt8]: [ProgramStatement]] = [:]
        for word in replies.answers.values { groups[word.said, default: []].append(word.statement) }
        let agreed = groups.values.filter { $0.count > roster.committee.corruptions }
        // While it is activated some have it active already.
        guard let statements = agreed.first(where: { $0[0].bundle != nil }) ?? agreed.first else {
            throw Self.commonest(replies.refusals, "too few custodians say the same of the program")
        }
        guard let statement = statements.first(where: { isSound($0, of: id) }) else {
            throw CustodianError(.programRefused, "the custodians' package has another id than the program")
        }
        // Before activation it changes.
        if statement.bundle != nil { self.statements[id] = statement }
        return statement
    }

    /// What a custodian says of a program.
    private struct Word: Sendable {
        let statement: ProgramStatement
        /// What has to be the same at honest custodians: they may have been shown different approvals of the same terms.
        let said: [UInt8]

        init(_ answer: Answer, of id: [UInt8], by roster: CustodianRoster) throws {
            statement = ProgramStatement(
                package: answer.attachment,
                bundle: try answer.body["bundle"].flatMap { $0.isNull ? nil : try ActivationBundle($0) },
                secrets: try answer.body["secrets"].flatMap { $0.isNull ? nil : try StatedSecrets($0) })
            let said: JSONObject = [
                "decisions": .string(Hex.encode(Digest.sha3_256(statement.bundle?.decisions ?? []))),
                "package": .string(Hex.encode(Digest.sha3_256(statement.package))),
                "secrets": statement.secrets?.json ?? .null,
                "terms": try statement.bundle.map { .string(Hex.encode(try $0.terms(of: id, by: roster.set).id)) } ?? .null,
            ]
            self.said = try CanonicalForm.jcs.encode(said)
        }
    }

    /// Whether the package has the id, and the approvals are those of K custodians; decisions are the clients' to check.
    private func isSound(_ statement: ProgramStatement, of id: [UInt8]) -> Bool {
        guard let content = try? read(statement.package), content.id == id else { return false }
        guard let bundle = statement.bundle, bundle.decisions == nil else { return true }
        return (try? bundle.activation(of: id, by: roster.set)) != nil
    }
}
