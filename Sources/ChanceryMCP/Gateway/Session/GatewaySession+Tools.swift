package import ChanceryWire

extension GatewaySession {
    var toolsAreKnown: Bool { if case .known = tools { true } else { false } }

    /// Asks the server for all its tools, in the era of `request`, unless that is under way.
    mutating func askForTools(like request: ClientRequest, at now: UTCTime) {
        guard case .asking = tools else {
            return ask(request.era, request.envelope.withoutProgress, at: now)
        }
    }

    private mutating func ask(_ era: ProtocolEra, _ meta: JSONObject?, at now: UTCTime) {
        let fetch = ToolFetch(
            id: nextListingID(), era: era, meta: meta, deadline: now.advanced(bySeconds: configuration.serverSeconds))
        tools = .asking(fetch)
        sendListing(fetch, cursor: nil)
    }

    private mutating func nextListingID() -> MessageID {
        listingCount += 1
        return .string(ExactText("\(MessageID.ownPrefix)\(listingCount)"))
    }

    private mutating func sendListing(_ fetch: ToolFetch, cursor: String?) {
        var params = JSONObject()
        params["cursor"] = cursor.map(JSONValue.string)
        if let meta = fetch.meta, !meta.isEmpty { params["_meta"] = .object(meta) }
        toServer(MessageText.request(fetch.id, ClientMethod.listTools.rawValue, params.isEmpty ? nil : params))
    }

    /// The server says that its tools changed.
    mutating func forgetTools() {
        if case .asking(var fetch) = tools {
            fetch.isStale = true
            tools = .asking(fetch)
        } else {
            tools = .unknown
        }
    }

    /// One page of the server's tools.
    mutating func listed(_ answer: Result<JSONObject, ServerFailure>, at now: UTCTime) {
        guard case .asking(var fetch) = tools else { return }
        do {
            guard case .success(let page) = answer else {
                throw MCPError(.toolUnlisted, "the server does not list its tools")
            }
            if let cursor = try fetch.listing.add(page, with: digest) {
                fetch.id = nextListingID()
                fetch.deadline = now.advanced(bySeconds: configuration.serverSeconds)
                tools = .asking(fetch)
                sendListing(fetch, cursor: cursor)
            } else {
                fetch.stage = .loading
                fetch.deadline = now.advanced(bySeconds: configuration.gateSeconds)
                tools = .asking(fetch)
                steps.append(.loadPins)
            }
        } catch let error as MCPError {
            failListing(error)
        } catch {}
    }

    /// What is accepted; `bytes` is nil for an error, and holds nil where nothing was ever kept.
    package mutating func pinsLoaded(_ bytes: [UInt8]??, at now: UTCTime) -> [GatewayStep] {
        handling { session in
            guard case .asking(var fetch) = session.tools, fetch.stage == .loading else { return }
            guard let bytes else {
                return session.failListing(MCPError(.pinsUnavailable, "the accepted tools cannot be read"))
            }
            do throws(MCPError) {
                session.pins = try bytes.map { bytes throws(MCPError) in try ToolPins(decoding: bytes) } ?? ToolPins()
            } catch {
                return session.failListing(error)
            }
            if session.pins.observe(fetch.listing.pins, of: session.configuration.upstream, at: now) {
                guard let encoded = try? session.pins.encoded() else {
                    return session.failListing(MCPError(.pinsUnavailable, "the accepted tools cannot be written"))
                }
                fetch.stage = .saving
                session.tools = .asking(fetch)
                session.steps.append(.savePins(encoded))
            } else {
                session.know(fetch, at: now)
            }
        }
    }

    /// The pins are durable, or could not be made so.
    package mutating func pinsSaved(_ isDurable: Bool, at now: UTCTime) -> [GatewayStep] {
        handling { session in
            guard case .asking(let fetch) = session.tools, fetch.stage == .saving else { return }
            if isDurable {
                session.know(fetch, at: now)
            } else {
                session.failListing(MCPError(.pinsUnavailable, "the accepted tools cannot be written"))
            }
        }
    }

    private mutating func know(_ fetch: ToolFetch, at now: UTCTime) {
        if fetch.isStale { return ask(fetch.era, fetch.meta, at: now) }
        tools = .known(fetch.listing)
        releaseListings()
        for key in callsAwaitingTools {
            calls[key]?.hasFreshListing = true
            checkTool(key, at: now)
        }
    }

    private var callsAwaitingTools: [Int] {
        calls.filter { if case .listing = $0.value.phase { true } else { false } }.keys.sorted()
    }

    /// The tools stay unknown: what needs them is refused.
    mutating func failListing(_ error: MCPError) {
        tools = .unknown
        note(.server, error, method: ClientMethod.listTools.rawValue)
        releaseListings()
        for key in callsAwaitingTools { refuse(key, error) }
    }

    /// Lists that the client asked for meanwhile go out now.
    private mutating func releaseListings() {
        for var entry in passing where !entry.isForwarded {
            entry.isForwarded = true
            waiting[entry.request.id] = .passing(entry)
            forward(entry.request)
        }
    }

    /// A page for the client: tools that may not be called are left out.
    mutating func filteredTools(_ page: JSONObject) -> JSONObject {
        guard let listed = page["tools"]?.array else { return page }
        var known = ToolListing()
        if case .known(let listing) = tools { known = listing }
        var isOutdated = false
        var kept: [JSONValue] = []
        for tool in listed {
            guard let (name, pin) = ToolListing.pin(of: tool, with: digest) else { continue }
            let accepted = pins.tool(name.text, of: configuration.upstream)?.pin
            if known.pins[name] != pin { isOutdated = true }
            if accepted == pin, known.pins[name] == pin {
                kept.append(tool)
            } else {
                let reason: MCPError.Reason = accepted == nil ? .toolNew : .toolChanged
                note(
                    .server, MCPError(reason, "tool `\(name.text)` is left out of the list"), method: "tools/list",
                    name: name.text)
            }
        }
        if isOutdated { forgetTools() }
        var page = page
        page["tools"] = .array(kept)
        return page
    }
}
