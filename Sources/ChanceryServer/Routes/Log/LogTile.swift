internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// The segments below the row that a tile's path may have: `067`, `x001/067`, `x001/067.p/8` and so on.
    private static let names = ["a", "b", "c", "d", "e"]

    /// `GET /v1/log/tile/…`: tiles and bundles of entries under the paths of c2sp.org/tlog-tiles.
    static func logTiles(_ services: HomeServices) -> [Route] {
        (1...names.count).map { logTile(services, depth: $0) }
    }

    private static func logTile(_ services: HomeServices, depth: Int) -> Route {
        let names = names.prefix(depth)
        let document = RouteDocument(
            .get, PathTemplate("/v1/log/tile/{row}/" + names.map { "{\($0)}" }.joined(separator: "/")),
            id: "logTile\(depth)", tag: "log",
            summary: "A published tile or bundle of entries, as c2sp.org/tlog-tiles names them, \(depth) deep.",
            access: .everyRole,
            parameters: [.path("row", .text(limit: 8), "The level, or entries.")]
                + names.map { .path($0, .text(limit: 8), "A part of the tile's place.") },
            content: .bytes, refusals: [404])
        return Route(document) { request in
            let parts = try (["row"] + names).map {
                try RequestParameters.require(request.parameters.text($0, limit: 8), $0)
            }
            guard let coordinate = try? TileCoordinate(path: "tile/" + parts.joined(separator: "/")) else {
                throw APIError(.noSuchRoute, "no tile has this path")
            }
            return try await services.blocking {
                .bytes(try services.log.tile(coordinate), mediaType: RouteDocument.Content.bytes.mediaType)
            }
        }
    }
}
