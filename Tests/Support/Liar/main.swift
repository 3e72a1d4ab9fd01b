import ChanceryCustodian
import ChanceryLedger
import ChanceryNode
import ChanceryOracle
import ChanceryStorage
import ChancerySuite
import ChanceryTransport
import ChanceryWire
import Foundation
import Synchronization

// A custodian that lies, with the keys of an honest one: `chancery-liar PLACE ROSTER`. What it does to the frames it sends is read
// from `PLACE/lie` before each: `KIND WAY`, the kind of frame as a number and `wrong`, `equivocal`, `beyond`, `silent`, `twice`,
// `replay` (with the frame of that kind before) or `reorder` (behind what comes next). Frames to clients (7 and 9) are changed
// before they are sealed: `wrong`, `beyond`, `short`, or `other`, with the frame of that kind that the client before got.

/// Sends something else than it was told to.
struct LyingNetwork: PeerNetwork {
    let network: FramedNetwork
    let path: String
    let victim: DID
    let memory = FrameMemory()

    func send(_ message: [UInt8], to peer: DID) {
        let late = message.first == 1 ? memory.takeHeld(for: peer) : []
        for message in changed(message, to: peer) + late { network.send(message, to: peer) }
    }

    private func changed(_ message: [UInt8], to peer: DID) -> [[UInt8]] {
        guard message.count > Self.payload, message[0] == 1, let lie = try? String(contentsOfFile: path, encoding: .utf8) else {
            return [message]
        }
        let words = lie.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, UInt8(words[0]) == message[2] else { return [message] }
        var changed = message
        let before = memory.replace(message, to: peer)
        switch words[1] {
        case "wrong": changed[Self.payload] ^= 1
        case "equivocal": if peer == victim { changed[Self.payload] ^= 1 }
        case "beyond": for place in Self.payload..<min(Self.payload + 16, message.count) { changed[place] = 255 }
        case "silent": return []
        case "twice":
            changed[Self.payload] ^= 1
            return [message, changed]
        case "replay": return (before.map { [$0] } ?? []) + [message]
        case "reorder":
            memory.hold(message, for: peer)
            return []
        default: break
        }
        return [changed]
    }

    /// Behind the kind of message and the head of a frame.
    private static let payload = 1 + 48
}

/// Puts something else into what is sealed to a client than the node worked out.
struct LyingSeal: Sendable {
    let path: String
    let last = LastFrame()

    func changed(_ frame: [UInt8]) -> [UInt8] {
        guard frame.count > Self.payload, let lie = try? String(contentsOfFile: path, encoding: .utf8) else { return frame }
        let words = lie.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, UInt8(words[0]) == frame[1] else { return frame }
        var changed = frame
        switch words[1] {
        case "wrong": changed[Self.payload] ^= 1
        case "beyond": for place in Self.payload..<min(Self.payload + 16, frame.count) { changed[place] = 255 }
        case "short": changed.removeLast()
        case "other": return last.replace(frame) ?? frame
        default: break
        }
        return changed
    }

    private static let payload = 48
}

final class LastFrame: Sendable {
    private let frame = Mutex<[UInt8]?>(nil)
    func replace(_ next: [UInt8]) -> [UInt8]? {
        frame.withLock { last in
            defer { last = next }
            return last
        }
    }
}

/// Frames of the kind that is lied about, and those that wait.
final class FrameMemory: Sendable {
    private let last = Mutex<[DID: [UInt8]]>([:])
    private let held = Mutex<[DID: [[UInt8]]]>([:])

    func replace(_ message: [UInt8], to peer: DID) -> [UInt8]? { last.withLock { $0.updateValue(message, forKey: peer) } }
    func hold(_ message: [UInt8], for peer: DID) { held.withLock { $0[peer, default: []].append(message) } }
    func takeHeld(for peer: DID) -> [[UInt8]] { held.withLock { $0.removeValue(forKey: peer) } ?? [] }
}

final class Slot: Sendable {
    private let held = Mutex<CustodianNode?>(nil)
    var node: CustodianNode? { held.withLock { $0 } }
    func set(_ node: CustodianNode) { held.withLock { $0 = node } }
}

func read(_ path: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path))) }

func seed(_ label: String, _ path: String) throws -> SecretBytes {
    guard let entry = try KeyProtection.unencrypted.open(read(path))[label] else { throw CocoaError(.fileReadCorruptFile) }
    return entry.secret.duplicate()
}

let now: @Sendable () -> UTCTime = { UTCTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
let (place, rosterPath) = (CommandLine.arguments[1], CommandLine.arguments[2])
let roster = try CustodianRoster(decoding: read(rosterPath))
let seat = try JSONParser.parse(read(place + "/home/seat.json"))
let did = try DID(seat["did"]?.string ?? "")
guard let number = roster.number(of: did), let address = roster.addresses[did] else { throw CocoaError(.fileReadCorruptFile) }
let chain = try UnverifiedCertificate.all(pem: String(contentsOfFile: place + "/tls/node.pem", encoding: .utf8))
let tls = try PostQuantumTLS(
    TLSCredential(
        certificate: chain[0], authority: chain[1],
        key: SigningKey(.mlDSA65, seed: seed("tls/ml-dsa-65", place + "/tls/node.key")), at: now()),
    anchors: TrustAnchors(pem: String(contentsOfFile: place + "/tls/authority.pem", encoding: .utf8)), now: now)
let slot = Slot()
let others = roster.set.custodians.map(\.did).filter { $0 != did }
let network = try FramedNetwork(
    at: PeerAddress(address),
    connectingTo: roster.set.custodians.prefix(number - 1).reduce(into: [:]) {
        $0[$1.did] = try PeerAddress(roster.addresses[$1.did] ?? "")
    }, accepting: Set(others).union([roster.coordinator]), federation: roster.set.digest, tls: tls,
    handlers: .init(received: { bytes, sender in await slot.node?.receive(bytes, from: sender) })
) { _ in FileHandle.standardOutput.write(Data("listening\n".utf8)) }
let node = try CustodianNode(
    roster, as: did, key: SigningKey(.mlDSA65, seed: seed("custodian/ml-dsa-65", place + "/home/custodian.chkf")),
    store: CustodianFolder(home: place + "/home", state: place + "/state", protection: .unencrypted),
    clients: ClientFile(home: place + "/home"),
    network: LyingNetwork(network: network, path: place + "/lie", victim: others[0]), now: now)
let seal = LyingSeal(path: place + "/lie")
await node.setClientFrame { seal.changed($0) }
slot.set(node)
let ticking = Task { while (try? await Task.sleep(for: .milliseconds(25))) != nil { await node.tick() } }
try await network.run()
ticking.cancel()
