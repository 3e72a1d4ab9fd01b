internal import ChanceryAPI
internal import ChanceryCustodian
internal import ChanceryWire

extension Route {
    private static let program = RouteDocument.Parameter.path("program", .hex(32), "The program's id.")

    private static func program(_ request: APIRequest) throws -> [UInt8] {
        try RequestParameters.require(request.parameters.hex("program", counts: [32]), "program")
    }

    /// `POST /v1/compute/programs`
    static func computeInstall(_ desk: ComputeDesk) -> Route {
        let document = RouteDocument(
            .post, "/v1/compute/programs", id: "computeInstall", tag: "compute",
            summary:
                "Hands a package with its owner's signed order to every custodian. It runs when enough of them approve it.",
            access: .anyone,
            body: .json(.map(.any)), bodyBytes: 2 * ProgramContent.maximumBytes, success: 201, content: .json(.map(.any)),
            refusals: [401, 409, 422])
        return Route(document) { request in
            let form = try InstallForm(ComputeDesk.value(request.body))
            return .json([
                "program": .string(Hex.encode(try await desk.coordinator.install(form.package, form.order)))
            ])
        }
    }

    /// `GET /v1/compute/programs/{program}`
    static func computeProgram(_ desk: ComputeDesk) -> Route {
        let document = RouteDocument(
            .get, "/v1/compute/programs/{program}", id: "computeProgram", tag: "compute",
            summary: "The package, and what its activation rests on.", access: .anyone, parameters: [program],
            content: .json(.map(.any)), refusals: [404])
        return Route(document) { request in .json(try await desk.coordinator.program(program(request)).json) }
    }

    /// `POST /v1/compute/programs/{program}/approvals`
    static func computeApprove(_ desk: ComputeDesk) -> Route {
        let document = RouteDocument(
            .post, "/v1/compute/programs/{program}/approvals", id: "computeApprove", tag: "compute",
            summary: "Adds approvals by custodians' people to those that are there.", access: .anyone, parameters: [program],
            body: .json(.map(.any)), content: .json(.map(.any)), refusals: [404, 409, 422])
        return Route(document) { request in
            let bundle = try ActivationBundle(ComputeDesk.value(request.body))
            let count = try await desk.coordinator.approve(program(request), bundle)
            return .json(["approvals": .integer(Int64(count)), "needed": .integer(Int64(desk.coordinator.threshold))])
        }
    }

    /// `POST /v1/compute/programs/{program}/activation`
    static func computeActivate(_ desk: ComputeDesk) -> Route {
        let document = RouteDocument(
            .post, "/v1/compute/programs/{program}/activation", id: "computeActivate", tag: "compute",
            summary: """
                Shows the approvals to every custodian, who checks them itself; or what their federation decided, where the body \
                has it.
                """,
            access: .anyone, parameters: [program], body: .json(.object([], optional: [("decided", .map(.any))])),
            bodyBytes: ComputeDesk.decisionBytes,
            content: .json(.map(.any)), refusals: [404, 409, 422])
        return Route(document) { request in
            let decided = request.body.isEmpty ? nil : try ComputeDesk.value(request.body)["decided"]
            let bundle = try decided.map { try ActivationBundle($0) }
            let activation = try await desk.coordinator.activate(program(request), decided: bundle)
            return .json(["activation": .string(Hex.encode(activation))])
        }
    }

    /// `POST /v1/compute/programs/{program}/material`
    static func computeMaterial(_ desk: ComputeDesk) -> Route {
        let document = RouteDocument(
            .post, "/v1/compute/programs/{program}/material", id: "computeMaterial", tag: "compute",
            summary: "Has material made: for so many evaluations, or for the owner's secrets.", access: .anyone,
            parameters: [program], body: .json(.object([("count", .integer(1...65_536)), ("secrets", .bool)])),
            content: .json(.map(.any)), refusals: [404, 409])
        return Route(document) { request in
            var reader = try RecordReader(ComputeDesk.value(request.body), "order")
            let (count, isForSecrets) = try (Int(reader.integer("count", in: 1...65_536)), reader.bool("secrets"))
            try reader.finish()
            let id = try program(request)
            guard !isForSecrets else {
                try await desk.coordinator.orderSecretsMaterial(id)
                return .json(["ordered": 1])
            }
            return .json(["ordered": .integer(Int64(try await desk.coordinator.order(id, count: count)))])
        }
    }

    /// `GET /v1/compute/programs/{program}/pool`
    static func computePool(_ desk: ComputeDesk) -> Route { query(desk, "pool", "What material each custodian has.") }

    /// `GET /v1/compute/programs/{program}/events`
    static func computeEvents(_ desk: ComputeDesk) -> Route {
        query(desk, "events", "How many evaluations each custodian noted, and its signed head.")
    }

    /// `GET /v1/compute/programs/{program}/blame`
    static func computeBlames(_ desk: ComputeDesk) -> Route {
        query(desk, "blame", "What evidence each custodian holds against others, and who answers for it.")
    }

    /// `GET /v1/compute/programs/{program}/blame/{evidence}`
    static func computeBlame(_ desk: ComputeDesk) -> Route {
        let document = RouteDocument(
            .get, "/v1/compute/programs/{program}/blame/{evidence}", id: "computeBlame", tag: "compute",
            summary: "A file with evidence. It proves itself: `compute blame verify`.", access: .anyone,
            parameters: [
                program, .path("evidence", .hex(32), "The file's hash."),
                .query("custodian", .integer(1...16), "The custodian who holds it."),
            ], content: .json(.object([("file", .string())])), refusals: [404])
        return Route(document) { request in
            let id = try RequestParameters.require(request.parameters.hex("evidence", counts: [32]), "evidence")
            let custodian = try RequestParameters.require(request.parameters.integer("custodian", in: 1...16), "custodian")
            let file = try await desk.coordinator.evidence(id, about: program(request), from: Int(custodian))
            return .json(["file": .string(Base64.url.encode(file))])
        }
    }

    private static func query(_ desk: ComputeDesk, _ what: String, _ summary: String) -> Route {
        let document = RouteDocument(
            .get, PathTemplate("/v1/compute/programs/{program}/\(what)"), id: "compute.\(what)", tag: "compute",
            summary: summary,
            access: .anyone, parameters: [program], content: .json(.array(.map(.any))), refusals: [404])
        return Route(document) { request in
            .json(ComputeDesk.json(try await desk.coordinator.query(what, program(request))))
        }
    }

    /// `GET /v1/compute/programs/{program}/standing`
    static func computeStanding(_ desk: ComputeDesk) -> Route {
        let document = RouteDocument(
            .get, "/v1/compute/programs/{program}/standing", id: "computeStanding", tag: "compute",
            summary: "What a client may still ask for, by each custodian's own books.", access: .anyone,
            parameters: [program, .query("client", .hex(32), "The id of the client's key.")],
            content: .json(.array(.map(.any))), refusals: [404, 409])
        return Route(document) { request in
            let client = try RequestParameters.require(request.parameters.hex("client", counts: [32]), "client")
            return .json(ComputeDesk.json(try await desk.coordinator.query("standing", program(request), client: client)))
        }
    }

    /// `GET /v1/compute/status`
    static func computeStatus(_ desk: ComputeDesk) -> Route {
        let document = RouteDocument(
            .get, "/v1/compute/status", id: "computeStatus", tag: "compute",
            summary: "What each custodian that is reached says of itself.", access: .anyone,
            content: .json(.array(.map(.any))))
        return Route(document) { _ in .json(ComputeDesk.json(await desk.coordinator.status())) }
    }

    /// `GET /v1/compute/roster`
    static func computeRoster(_ desk: ComputeDesk) -> Route {
        let document = RouteDocument(
            .get, "/v1/compute/roster", id: "computeRoster", tag: "compute",
            summary: "The custodians. Clients compare it with the one they pinned.", access: .anyone,
            content: .json(.map(.any)))
        return Route(document) { _ in .json(try JSONParser.parse(desk.coordinator.rosterBytes)) }
    }
}
