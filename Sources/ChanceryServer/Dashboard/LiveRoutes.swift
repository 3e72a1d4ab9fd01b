internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire
internal import Synchronization

extension Route {
    /// `GET /v1/live`
    static func live(_ service: DashboardService) -> Route {
        let document = RouteDocument(
            .get, "/v1/live", id: "live", tag: "ledger",
            summary:
                "Each record as it lands, several to an event; an event's id is the last position in it, from which `Last-Event-ID` goes on. Beside them, how the home stands.",
            access: .oversight,
            parameters: [.query("after", .count, "Begin after this position. Default: with what comes next.")],
            content: .events)
        return Route(document) { request in
            let caller = try request.requireCaller()
            let asked = try request.parameters.integer("after", in: 0...CanonicalForm.largestSafeInteger).map(UInt64.init)
            let place = try service.places.take(caller.principal.keyID)
            let start: UInt64?
            if let after = try request.lastEventID() ?? asked {
                start = after
            } else {
                let size = try await HomeServices.blocking { try service.overview.size() }
                start = size == 0 ? nil : size - 1
            }
            let stream = LiveStream(service, from: start, session: caller.browser, place: place)
            return .events(EventFeed(every: LiveStream.interval) { try await stream.next() })
        }
    }

    /// `GET /v1/overview`
    static func overview(_ service: DashboardService) -> Route {
        let minute = Schema.object([
            ("allowed", .count), ("asked", .count), ("denied", .count), ("records", .count), ("time", .time()),
        ])
        let document = RouteDocument(
            .get, "/v1/overview", id: "overview", tag: "ledger",
            summary: "How the home stands: freezes, alerts, open questions, and what the last hour brought, by the minute.",
            access: .oversight,
            content: .json(
                .object([
                    ("agents", .count), ("alerts", .map(.count)),
                    ("checkpoint", .integer(0...CanonicalForm.largestSafeInteger, isOptional: true)),
                    ("frozen", .array(.map(.any))), ("pending", .count), ("rates", .array(minute, limit: 60)),
                    ("records", .count), ("version", .string()),
                ])))
        return Route(document) { _ in
            let minutes = service.hub.minutes()
            return .json(try await HomeServices.blocking { try service.overview.json(minutes) })
        }
    }
}

/// So many streams in all, and of one caller among them.
final class LivePlaces: Sendable {
    static let most = 64
    static let mostOfOne = 16

    /// A place, until this is let go.
    final class Place: Sendable {
        private let share: BodyRoom.Share
        private let own: ReaderPlaces.Place

        fileprivate init(_ share: BodyRoom.Share, _ own: ReaderPlaces.Place) { (self.share, self.own) = (share, own) }
    }

    private let all = BodyRoom(most)
    private let readers = ReaderPlaces(mostOfOne)

    /// - Throws: `api.no_room`.
    func take(_ reader: String) throws(APIError) -> Place {
        let share = BodyRoom.Share(of: all)
        guard let own = readers.take(reader), share.take(1) else {
            throw APIError(.noRoom, "\(Self.most) streams are open, or \(Self.mostOfOne) by this caller; close one")
        }
        return Place(share, own)
    }
}

/// One listener: where it stands, and what it was told last.
final class LiveStream: Sendable {
    static let interval = Duration.milliseconds(40)

    private struct Progress {
        var position: UInt64?
        var standing: OverviewDesk.Standing?
    }

    private let service: DashboardService
    /// Nil for a caller whose right ends with the stream at the latest.
    private let session: BrowserSession?
    private let place: LivePlaces.Place
    private let listener: LiveHub.Listener
    private let progress: Mutex<Progress>

    init(_ service: DashboardService, from position: UInt64?, session: BrowserSession?, place: LivePlaces.Place) {
        self.service = service
        self.session = session
        self.place = place
        listener = LiveHub.Listener(service.hub)
        progress = Mutex(Progress(position: position))
    }

    /// What came since; nil when the session has ended.
    func next() async throws -> [ServerSentEvent]? {
        if let session, !service.desk.isOpen(session) { return nil }
        let entries = try await service.hub.entries(after: progress.withLock { $0.position })
        var events: [ServerSentEvent] = []
        if let last = entries.last?.heading.position {
            progress.withLock { $0.position = last }
            events.append(ServerSentEvent(id: last, name: "record", data: .array(entries.map(Self.json))))
        }
        let standing = try await service.overview.standing()
        let isNews = progress.withLock { progress in
            defer { progress.standing = standing }
            return progress.standing != standing
        }
        if isNews { events.append(ServerSentEvent(name: "state", data: standing.json)) }
        return events
    }

    private static func json(_ entry: LiveHub.Entry) -> JSONValue {
        let heading = entry.heading
        return [
            "agent": entry.name.map { .string($0) } ?? .null, "chain": .string(heading.agent),
            "event_type": heading.eventType.map { .string($0) } ?? .null, "hash": .string(Hex.encode(heading.id)),
            "kind": .string(heading.kind), "position": .integer(Int64(clamping: heading.position)),
            "sequence": heading.sequence.map { .integer(Int64($0)) } ?? .null,
            "session": heading.session.map { .string($0) } ?? .null,
            "time": .string(UTCTime(milliseconds: heading.time).text),
        ]
    }
}
