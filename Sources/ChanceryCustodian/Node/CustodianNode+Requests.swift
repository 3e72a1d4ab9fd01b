internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

extension CustodianNode {
    /// Does what the coordinator asks for, if the rules let it.
    func serve(_ body: JSONObject, _ attachment: [UInt8], _ id: UInt64) throws {
        var reader = RecordReader(body, "request")
        switch try reader.string("op", limit: 16) {
        case "status":
            try reader.finish()
            answer(id, status)
        case "install":
            let order = try UnverifiedRecord(reader.value("order"))
            try reader.finish()
            answer(id, try install(attachment, order))
        case "activate":
            let program = try program(reader.hex("program", count: 32))
            let bundle = try ActivationBundle(reader.value("bundle"))
            try reader.finish()
            answer(id, try activate(program, bundle))
        case "govern":
            try reader.finish()
            answer(id, try govern(attachment))
        case "freeze":
            try reader.finish()
            answer(id, try freeze(attachment))
        case "order":
            let program = try program(reader.hex("program", count: 32))
            let count = Int(try reader.integer("count", in: 1...MaterialOrder.mostIndices))
            let isForSecrets = try reader.bool("secrets")
            try reader.finish()
            answer(id, try order(program, count, isForSecrets: isForSecrets))
        case "pool":
            let program = try program(reader.hex("program", count: 32))
            let isForSecrets = try reader.bool("secrets")
            try reader.finish()
            answer(id, pool(of: program, isForSecrets ? .secrets : .evaluation))
        case "program":
            let program = try program(reader.hex("program", count: 32))
            try reader.finish()
            answer(
                id,
                [
                    "bundle": try program.bundle?.json ?? .null,
                    "secrets": program.needsSecrets
                        ? program.secrets.map { StatedSecrets($0).json } ?? .null : .null,
                ], program.content.package)
        case "sign": try sign(&reader, attachment, id)
        case "begin": try begin(&reader, attachment, id)
        case "submit": try submit(&reader, attachment, id)
        case "standing":
            let program = try program(reader.hex("program", count: 32))
            let client = try reader.digest("client")
            try reader.finish()
            guard let meter = program.meter else { throw CustodianError(.notActivated, "the program is not active here") }
            answer(id, ["standing": Self.json(meter.books.standing(of: client, at: now()))])
        case "blame":
            let program = try program(reader.hex("program", count: 32))
            let wanted = try reader.value("id").isNull ? nil : reader.hex("id", count: 32)
            try reader.finish()
            guard let wanted else { return answer(id, blames(of: program)) }
            guard let file = program.blames.first(where: { Digest.sha3_256($0) == wanted }) else {
                throw CustodianError(.claimUnknown, "there is no such evidence here")
            }
            answer(id, [:], file)
        case "events":
            let program = try program(reader.hex("program", count: 32))
            try reader.finish()
            answer(id, events(of: program))
        case let what: throw CustodianError(.messageMalformed, "`\(what)` is nothing that a custodian does")
        }
    }

    func answer(_ id: UInt64, _ body: JSONObject, _ attachment: [UInt8] = []) {
        guard let bytes = try? CustodianMessage.answer(id, body, attachment: attachment).bytes else { return }
        network.send(bytes, to: roster.coordinator)
    }

    func answer(_ id: UInt64, refusing error: any Error, to asker: DID) {
        guard let bytes = try? CustodianMessage.answer(id, Self.body(of: error), attachment: []).bytes else { return }
        network.send(bytes, to: asker)
    }

    static func body(of error: any Error) -> JSONObject {
        let coded = error as? any CodedError
        var json: JSONObject = [
            "code": .string(coded?.code ?? "custodian.session_failed"),
            "detail": .string(coded?.detail ?? "the request could not be carried out"),
        ]
        if let error = error as? ThresholdError { json["parties"] = .array(error.parties.map { .integer(Int64($0)) }) }
        return ["error": .object(json)]
    }

    // MARK: programs

    private var status: JSONObject {
        [
            "agreed": agreed.map { .string(Hex.encode($0)) } ?? .null, "custodian": .string(did.text),
            "epoch": .integer(epoch), "federation": watch == nil ? .null : .object(federationStatus),
            "live": .array(live(at: now()).map { .integer(Int64($0)) }),
            "number": .integer(Int64(number)),
            "programs": .array(
                programs.values.sorted { $0.id.lexicographicallyPrecedes($1.id) }.map { program in
                    let leftOut = program.orders.leftOut
                    return [
                        "activation": program.activation.map { .string(Hex.encode($0.terms.id)) } ?? .null,
                        "alias": program.content.alias.map { .string(Hex.encode($0)) } ?? .null,
                        "bundle": (try? program.bundle?.json) ?? .null,
                        "catching_up": program.catchingUp.map { .string($0) } ?? .null,
                        "events": .integer(Int64(clamping: program.events.count)),
                        "forked": .array(program.forked.sorted().map { .integer(Int64($0)) }),
                        "left_out": .array(
                            roster.committee.members.filter { leftOut.contains($0) || program.isExcluded($0) }.map {
                                .integer(Int64($0))
                            }),
                        "material": .integer(
                            Int64(clamping: program.freeRanges(.evaluation).reduce(0) { $0 + $1.count })),
                        "owner": program.owner.map { .string(Hex.encode($0)) } ?? .null,
                        "program": .string(Hex.encode(program.id)),
                        "secrets": program.secrets.map { .string(Hex.encode($0.digest)) } ?? .null,
                        "secrets_index": program.needsSecrets
                            ? program.secrets.map { .integer(Int64(clamping: $0.index)) } ?? .null : .null,
                        "serving": .bool(program.meter?.isServing == true), "version": .string(program.content.version),
                    ]
                }), "retired": retired.map { .string($0) } ?? .null, "sessions": .integer(Int64(runs.count)),
        ]
    }

    private func install(_ package: [UInt8], _ order: UnverifiedRecord) throws -> JSONObject {
        guard let owner = try clients.client(InstallOrder.statedOwner(order)), owner.isOwner else {
            throw CustodianError(.unknownClient, "only an owner who is admitted here installs programs")
        }
        let id = try InstallOrder.verify(order, for: package, custodians: roster.set, by: owner.key).owner
        let content = try read(package)
        guard content.custodians ?? roster.set.digest == roster.set.digest else {
            throw CustodianError(.programRefused, "the package is for another set of custodians")
        }
        if let known = programs[content.id] {
            // A package is its first owner's: another could bring other secrets to what people approved as the first one's.
            guard known.owner == id || known.owner == nil else {
                throw CustodianError(.notTheOwner, "another owner installed the program here")
            }
            if known.owner == nil { try write([.installed(package: package, owner: id)]) }
            known.owner = id
        } else {
            guard programs.count < 256 else { throw CustodianError(.busy, "a custodian holds at most 256 programs") }
            let program = try ProgramState(content, owner: id)
            if let keys { try program.adopt(keys, epoch: epoch) }
            try write([.installed(package: package, owner: id)])
            programs[content.id] = program
        }
        return ["program": .string(Hex.encode(content.id)), "version": .string(content.version)]
    }

    private func activate(_ program: ProgramState, _ bundle: ActivationBundle) throws -> JSONObject {
        _ = try requireKeys()
        guard !program.needsSecrets || program.secrets != nil else {
            throw CustodianError(.secretsMissing, "the owner has not installed the program's secrets")
        }
        let activation = try bundle.activation(of: program.id, by: roster.set, under: watch?.terms.federation)
        try requireInForce(bundle, of: program.id)
        guard activation.terms.epoch == epoch, bundle.version == program.content.version else {
            throw CustodianError(.notActivated, "the activation is for another epoch or version than this custodian's")
        }
        try program.content.requireCovered(by: bundle.policy)
        try requireWithinLimit(program, bundle)
        if let known = program.activation {
            guard known.terms == activation.terms else {
                throw CustodianError(.alreadyActive, "the program is active on other terms in this epoch")
            }
        } else {
            let (meter, opened) = try Meter.open(activation, at: now())
            try write([
                .activated(program: program.id, bundle), .meter(program: program.id, entry: opened.bytes),
            ])
            (program.bundle, program.activation, program.meter) = (bundle, activation, meter)
        }
        return ["activation": .string(Hex.encode(activation.terms.id))]
    }

    /// Refuses a policy under which the owner's own simulation copies the model past the owner's limit.
    ///
    /// Nobody here has the weights: what is checked is that the program's owner states curves for exactly this program and policy,
    /// and that within all budgets none of them passes the limit.
    private func requireWithinLimit(_ program: ProgramState, _ bundle: ActivationBundle) throws {
        let content = program.content
        guard content.needsExtraction(under: bundle.policy) else { return }
        guard let record = bundle.extraction else {
            throw OracleError(
                .extractionMissing, "the policy sets a limit on extraction, and no owner's statement comes with the activation")
        }
        guard let owner = try clients.client(ExtractionStatement.statedOwner(record)), owner.isOwner else {
            throw CustodianError(.unknownClient, "the statement about extraction is not of an owner who is admitted here")
        }
        guard owner.key.id == program.owner else {
            throw CustodianError(.notTheOwner, "the statement about extraction is not of the owner who installed the program")
        }
        try content.requireWithinLimit(ExtractionStatement.verify(record, by: owner.key), under: bundle.policy)
    }

    // MARK: material

    /// So many indices for a program's secrets lie ready at most.
    static let mostSecretsIndices = 8

    private func order(_ program: ProgramState, _ count: Int, isForSecrets: Bool) throws -> JSONObject {
        _ = try requireKeys()
        let live = live(at: now())
        if isForSecrets {
            guard program.activation == nil, program.needsSecrets, live.count == roster.committee.size else {
                throw CustodianError(.unavailable, "secrets are installed before activation, when every custodian is there")
            }
            // Nobody signs this: whoever asks again and again has no more begun than an owner takes in some tries.
            guard !hasSecretsMaterial(program) else { return ["ordered": 1] }
            let first = start(of: program, .secrets, with: live)
            let order = MaterialOrder(
                program: program.id, purpose: .secrets, epoch: epoch, indices: first..<first + 1, parties: live, secrets: nil)
            try begin(order)
        } else {
            guard program.activation != nil else { throw CustodianError(.notActivated, "the program is not active here") }
            let room = 4 * settings.material - program.freeCount(.evaluation, orderedBy: number)
            guard room > 0 else { throw CustodianError(.busy, "four times as much as is kept ready was made already") }
            let wanted = min(count, room, mostIndices(program.plan))
            // What cannot be made now is made later.
            program.ordered = max(wanted, program.ordered ?? 0)
            try replenish(program, among: live.filter { !program.isExcluded($0) }, count: program.ordered)
            return ["ordered": .integer(Int64(wanted))]
        }
        return ["ordered": 1]
    }

    /// Whether an index for secrets is being made, or some lie here that everybody made within the last minute. One alone is not
    /// relied on: a coordinator offers none twice, also where nobody signed for it.
    private func hasSecretsMaterial(_ program: ProgramState) -> Bool {
        guard !isOrdering(program, .secrets) else { return true }
        let (free, everybody) = (program.freeRanges(.secrets), Array(roster.committee.members))
        let lately = now().advanced(bySeconds: -60)
        return program.blocks.count { block in
            block.purpose == .secrets && block.parties == everybody && lately < block.since && block.count(of: free) > 0
        } >= Self.mostSecretsIndices
    }

    private func pool(of program: ProgramState, _ purpose: StreamPurpose) -> JSONObject {
        let free = program.freeRanges(purpose)
        return [
            "blocks": .array(
                program.blocks.filter { $0.purpose == purpose }.flatMap { block in
                    free.filter { $0.overlaps(block.indices) }.map { range in
                        let part = range.clamped(to: block.indices)
                        return [
                            "end": .integer(Int64(clamping: part.upperBound)),
                            "first": .integer(Int64(clamping: part.lowerBound)),
                            "parties": .array(block.parties.map { .integer(Int64($0)) }),
                        ] as JSONValue
                    }
                }), "live": .array(live(at: now()).map { .integer(Int64($0)) }),
        ]
    }

    // MARK: records

    private func events(of program: ProgramState) -> JSONObject {
        [
            "head": program.head.flatMap { try? JSONParser.parse($0.record.bytes) } ?? .null,
            "root": .string(program.events.tree.root.description), "size": .integer(Int64(clamping: program.events.count)),
        ]
    }

    static func json(_ standing: Standing) -> JSONValue {
        func optional(_ number: Int64?) -> JSONValue { number.map { .integer($0) } ?? .null }
        return [
            "bits": optional(standing.bitsRemaining), "program": .integer(standing.programRemaining),
            "program_bits": optional(standing.programBitsRemaining),
            "program_rank": optional(standing.programRank.map(Int64.init)), "rank": optional(standing.rank.map(Int64.init)),
            "remaining": .integer(standing.remaining), "tokens": .integer(standing.tokens),
        ]
    }
}

extension RecordReader {
    mutating func digest(_ name: String) throws -> Digest256 {
        guard let digest = Digest256(try hex(name, count: 32)) else {
            throw WireError(.invalidValue, "`\(name)` is not a digest")
        }
        return digest
    }
}
