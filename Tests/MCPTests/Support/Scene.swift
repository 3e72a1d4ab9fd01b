import ChanceryMCP
import ChanceryWire
import Testing

/// A gateway session and what came out of it, told step by step.
struct Scene {
    static let start = UTCTime(seconds: 1_795_000_000)
    static let receipt = DecisionReceipt(
        id: "d-1", outcome: "REQUIRE_HUMAN", rule: "payments", reason: "a person decides", policyHash: "p-1")
    static let tools = #"{"name":"pay","description":"pays","inputSchema":{"type":"object"}}"#
    static let envelope =
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"sampling":{},"elicitation":{}}}"#

    var session: GatewaySession
    var now = Scene.start
    var steps: [GatewayStep] = []
    /// Everything that went to the server, in order.
    var server: [String] = []
    var client: [String] = []

    init(_ change: (inout GatewayConfiguration) -> Void = { _ in }) {
        var configuration = GatewayConfiguration(upstream: "bank", principal: "did:agent:1", instance: "run")
        change(&configuration)
        session = GatewaySession(configuration, digest: SlowDigest())
    }

    mutating func run(_ event: (inout GatewaySession, UTCTime) -> [GatewayStep]) {
        steps = event(&session, now)
        for step in steps {
            switch step {
            case .toClient(let line): client.append(String(decoding: line, as: UTF8.self))
            case .toServer(let line): server.append(String(decoding: line, as: UTF8.self))
            default: break
            }
        }
    }

    mutating func client(_ line: String) { run { $0.received(fromClient: .text(Array(line.utf8)), at: $1) } }
    mutating func server(_ line: String) { run { $0.received(fromServer: .text(Array(line.utf8)), at: $1) } }

    mutating func pass(_ seconds: Int64) {
        now = now.advanced(bySeconds: seconds)
        run { $0.tick(at: $1) }
    }

    /// A scene in which the handshake is done.
    static func handshaken(_ change: (inout GatewayConfiguration) -> Void = { _ in }) -> Scene {
        var scene = Scene(change)
        scene.client(
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"roots":{}},"clientInfo":{"name":"c","version":"1"}}}"#
        )
        scene.server(
            #"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}}"#
        )
        scene.client(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
        return scene
    }

    static func call(
        _ id: Int, _ tool: String = "pay", arguments: String = #"{"to":"a","sum":1.50}"#, envelope: Bool, more: String = ""
    )
        -> String
    {
        let meta = envelope ? "," + Self.envelope : ""
        return
            #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(tool)","arguments":\#(arguments)\#(meta)\#(more)}}"#
    }

    /// Sends a call and lists the tools that the gateway asks for, until the gate is asked.
    mutating func openCall(_ id: Int = 1, envelope: Bool, arguments: String = #"{"to":"a","sum":1.50}"#) {
        client(Self.call(id, arguments: arguments, envelope: envelope))
        listTools()
    }

    /// Answers the gateway's own question, with nothing kept before unless `kept` says so.
    mutating func listTools(_ tools: String = Scene.tools, kept: [UInt8]? = nil) {
        guard case .asking(let fetch) = session.tools, case .string(let id) = fetch.id else { return }
        server(#"{"jsonrpc":"2.0","id":"\#(id.text)","result":{"tools":[\#(tools)]}}"#)
        guard steps.contains(.loadPins) else { return }
        let known = session.pins == ToolPins() ? kept : try? session.pins.encoded()
        run { $0.pinsLoaded(.some(known), at: $1) }
        if steps.contains(where: { if case .savePins = $0 { true } else { false } }) { run { $0.pinsSaved(true, at: $1) } }
    }

    /// The key of the call whose gate step came last.
    var decided: (Int, GatedAction)? {
        for case .decide(let key, let action) in steps { return (key, action) }
        return nil
    }

    var calls: [String] { server.filter { $0.contains(#""method":"tools/call""#) } }
    var refusals: [GatewayRefusal] { steps.compactMap { if case .refuse(let refusal) = $0 { refusal } else { nil } } }
    var outcomes: [ActionOutcome] { steps.compactMap { if case .record(let outcome, _) = $0 { outcome } else { nil } } }
    var sealed: CallState? { steps.compactMap { if case .seal(_, let state) = $0 { state } else { nil } }.first }

    mutating func answer(_ answer: GateAnswer?, key: Int = 1) { run { $0.decided(key, answer, at: $1) } }
    mutating func redeem(_ redemption: Redemption? = .redeemed, key: Int = 1) { run { $0.redeemed(key, redemption, at: $1) } }
    mutating func wait(_ verdict: GateVerdict?, key: Int = 1) { run { $0.waited(key, verdict, at: $1) } }
    mutating func record(_ isDurable: Bool = true, key: Int = 1) { run { $0.recorded(key, isDurable, at: $1) } }

    /// The last answer to the client.
    func last() throws -> JSONValue { try JSONParser.parse(try #require(client.last)) }
}

extension GateAnswer {
    static var yes: GateAnswer { .allow(Scene.receipt) }
    static var person: GateAnswer { .wait(Scene.receipt, deadline: Scene.start.advanced(bySeconds: 3600)) }
}
