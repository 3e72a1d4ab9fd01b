import ChanceryMCP
import ChanceryWire
import Testing

/// Damaged lines from both sides, in any order, with gate answers in between: nothing traps, and the server never sees
/// a call that the gate did not redeem.
struct GatewayMutationTests {
    private struct Source: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }
    }

    private static let client = [
        Scene.call(1, envelope: true), Scene.call(2, envelope: false), Scene.call(3, "erase", envelope: true),
        Scene.call(4, envelope: true, more: #","requestState":"s""#),
        #"{"jsonrpc":"2.0","id":5,"method":"tools/list","params":{\#(Scene.envelope)}}"#,
        #"{"jsonrpc":"2.0","id":6,"method":"resources/read","params":{"uri":"a:b",\#(Scene.envelope)}}"#,
        #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
        #"{"jsonrpc":"2.0","id":7,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#,
    ]

    private static let server = [
        #"{"jsonrpc":"2.0","id":1,"result":{"content":[],"resultType":"complete"}}"#,
        #"{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"m"}}"#,
        #"{"jsonrpc":"2.0","id":7,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{}}}"#,
        #"{"jsonrpc":"2.0","id":"chancery-1","result":{"tools":[\#(Scene.tools)]}}"#,
        #"{"jsonrpc":"2.0","id":"chancery-2","result":{"tools":[\#(Scene.tools)],"nextCursor":"c"}}"#,
        #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#, #"{"jsonrpc":"2.0","id":"s","method":"roots/list"}"#,
    ]

    private static func isLine(_ step: GatewayStep) -> Bool {
        switch step {
        case .toClient, .toServer, .refuse, .end: true
        default: false
        }
    }

    private func damaged(_ lines: [String], _ source: inout Source) -> [UInt8] {
        var bytes = Array(lines.randomElement(using: &source)!.utf8)
        guard Int.random(in: 0..<3, using: &source) == 0 else { return bytes }
        for _ in 0...Int.random(in: 0..<3, using: &source) where !bytes.isEmpty {
            let index = bytes.indices.randomElement(using: &source)!
            switch Int.random(in: 0..<4, using: &source) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &source)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(bytes.randomElement(using: &source)!, at: index)
            default: bytes.removeSubrange(index..<min(bytes.count, index + 9))
            }
        }
        return bytes
    }

    @Test(arguments: 0..<8)
    func `no damage traps, and nothing undecided reaches the server`(seed: UInt64) throws {
        var source = Source(state: seed)
        var scene = Scene { $0.serverSeconds = 30 }
        var open: [GatewayStep] = []
        var redeemed: [Int: GatedAction] = [:]
        var forwarded = 0
        for round in 0..<2500 {
            if round % 250 == 0 {
                scene = Scene {
                    $0.serverSeconds = 30
                    $0.holdsResults = round % 500 == 0
                }
                (open, redeemed) = ([], [:])
            }
            let sent = scene.server.count
            switch Int.random(in: 0..<8, using: &source) {
            case 0...2:
                let line = damaged(Self.client, &source)
                scene.run { $0.received(fromClient: .text(line), at: $1) }
            case 3...4:
                var lines = Self.server
                if case .asking(let fetch) = scene.session.tools, case .string(let id) = fetch.id {
                    let list = #"{"jsonrpc":"2.0","id":"\#(id.text)","result":{"tools":[\#(Scene.tools)]}}"#
                    lines += Array(repeating: list, count: 2 * lines.count)
                }
                let line = damaged(lines, &source)
                scene.run { $0.received(fromServer: .text(line), at: $1) }
            case 5: scene.pass(Int64.random(in: 0..<3, using: &source))
            default:
                guard let index = open.indices.randomElement(using: &source) else { continue }
                let step = open.remove(at: index)
                let coin = Int.random(in: 0..<4, using: &source)
                switch step {
                case .decide(let key, _): scene.answer([.yes, .person, .block(Scene.receipt), nil][coin], key: key)
                case .wait(let key, _, _): scene.wait([.approved, .approved, .pending, nil][coin], key: key)
                case .redeem(let key, _, let action):
                    if coin < 2 { redeemed[key] = action }
                    scene.redeem(coin < 2 ? .redeemed : coin == 2 ? .refused(reason: "no") : nil, key: key)
                case .seal(let key, _): scene.run { $0.sealed(key, coin == 0 ? nil : "s", at: $1) }
                case .unseal(let key, _): scene.run { $0.unsealed(key, nil, at: $1) }
                case .record(_, let key?): scene.record(coin > 0, key: key)
                case .record(_, nil): scene.run { $0.recorded(nil, true, at: $1) }
                case .loadPins: scene.run { $0.pinsLoaded(coin == 0 ? nil : .some(nil), at: $1) }
                case .savePins: scene.run { $0.pinsSaved(coin > 0, at: $1) }
                default: break
                }
            }
            open = (open + scene.steps.filter { step in !Self.isLine(step) }).suffix(6)
            for line in scene.server[sent...] {
                let message = try JSONParser.parse(line)
                guard let method = message["method"]?.string, GatedAction.Method(rawValue: method) != nil else { continue }
                let action = redeemed.first {
                    $0.value.method.rawValue == method
                        && ($0.value.arguments == message["params"]?["arguments"] || method != "tools/call")
                }
                #expect(action != nil, "round \(round): \(line)")
                if let action { redeemed[action.key] = nil }
                forwarded += 1
            }
        }
        #expect(forwarded > 5, "the seed reached the server \(forwarded) times")
    }
}
