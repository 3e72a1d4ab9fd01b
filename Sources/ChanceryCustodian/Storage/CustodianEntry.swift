internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

/// One line of a custodian's log. Nothing is signed or opened before its line is durable (rule T3).
enum CustodianEntry: Sendable {
    static let type = "chancery/custodian-log/v1"

    /// The first line: whose log it is.
    case opened(custodians: [UInt8])
    /// Keys of this epoch are wanted; those of earlier ones are never used again.
    case epoch(Int64)
    /// Keys were agreed on in the session with this name.
    case agreed(epoch: Int64, session: [UInt8])
    /// A package with the owner who had it installed; nil in lines of versions that did not keep that.
    case installed(package: [UInt8], owner: [UInt8]?)
    /// Material below this index was begun, or may have been.
    case begun(program: [UInt8], StreamPurpose, below: UInt64)
    /// Material is bound to a claim, with the signature that says so; without the claim's end in lines of versions that did not keep it.
    case bound(
        program: [UInt8], StreamPurpose, claim: [UInt8], first: UInt64, count: UInt64, until: UTCTime?, signature: [UInt8])
    case secrets(program: [UInt8], index: UInt64, masked: [UInt8])
    case activated(program: [UInt8], ActivationBundle)
    case meter(program: [UInt8], entry: [UInt8])
    case certified(program: [UInt8], certificate: [UInt8], at: UTCTime)
    /// Since then others may have certified claims of which this custodian has not heard.
    case away(program: [UInt8], since: UTCTime)
    /// It has heard of them.
    case back(program: [UInt8])
    /// Certificates of up to this time are not in the log any more.
    case forgotten(program: [UInt8], until: UTCTime)
    case event(program: [UInt8], event: [UInt8])
    /// This custodian's signed statement about what it sent (rule T7).
    case frames(program: [UInt8], batch: [UInt8])
    /// Evidence against a custodian.
    case blamed(program: [UInt8], file: [UInt8])
    /// The decisions of the federation that binds this custodian, as a decision file; the longest counts.
    case governed(decisions: [UInt8])
    /// Its members said at this time that these decisions are the latest.
    case fresh(UTCTime)
    /// The certificate of a freeze (rule G5).
    case frozen(certificate: [UInt8])
    /// This custodian takes part in nothing until it has fresh keys.
    case retired(epoch: Int64, why: String)

    var bytes: [UInt8] {
        get throws {
            var json: JSONObject = ["type": .string(Self.type)]
            func program(_ id: [UInt8]) { json["program"] = .string(Hex.encode(id)) }
            func blob(_ name: String, _ bytes: [UInt8]) { json[name] = .string(Base64.url.encode(bytes)) }
            func number(_ name: String, _ value: UInt64) { json[name] = .integer(Int64(clamping: value)) }
            switch self {
            case .opened(let custodians):
                json["kind"] = "opened"
                blob("custodians", custodians)
            case .epoch(let epoch):
                json["kind"] = "epoch"
                json["epoch"] = .integer(epoch)
            case .agreed(let epoch, let session):
                json["kind"] = "agreed"
                json["epoch"] = .integer(epoch)
                blob("session", session)
            case .installed(let package, let owner):
                json["kind"] = "installed"
                blob("package", package)
                if let owner { json["owner"] = .string(Hex.encode(owner)) }
            case .begun(let id, let purpose, let below):
                json["kind"] = "begun"
                program(id)
                json["purpose"] = .integer(Int64(purpose.rawValue))
                number("below", below)
            case .bound(let id, let purpose, let claim, let first, let count, let end, let signature):
                json["kind"] = "bound"
                program(id)
                json["purpose"] = .integer(Int64(purpose.rawValue))
                blob("claim", claim)
                number("first", first)
                number("count", count)
                if let end { json["until"] = .string(end.text) }
                blob("signature", signature)
            case .secrets(let id, let index, let masked):
                json["kind"] = "secrets"
                program(id)
                number("index", index)
                blob("masked", masked)
            case .activated(let id, let bundle):
                json["kind"] = "activated"
                program(id)
                json["bundle"] = try bundle.json
            case .meter(let id, let entry):
                json["kind"] = "meter"
                program(id)
                blob("entry", entry)
            case .certified(let id, let certificate, let time):
                json["kind"] = "certified"
                json["time"] = .string(time.text)
                program(id)
                blob("certificate", certificate)
            case .away(let id, let since):
                json["kind"] = "away"
                program(id)
                json["since"] = .string(since.text)
            case .back(let id):
                json["kind"] = "back"
                program(id)
            case .forgotten(let id, let time):
                json["kind"] = "forgotten"
                program(id)
                json["until"] = .string(time.text)
            case .event(let id, let event):
                json["kind"] = "event"
                program(id)
                blob("event", event)
            case .frames(let id, let batch):
                json["kind"] = "frames"
                program(id)
                blob("batch", batch)
            case .blamed(let id, let file):
                json["kind"] = "blamed"
                program(id)
                blob("file", file)
            case .governed(let decisions):
                json["kind"] = "governed"
                blob("decisions", decisions)
            case .fresh(let time):
                json["kind"] = "fresh"
                json["time"] = .string(time.text)
            case .frozen(let certificate):
                json["kind"] = "frozen"
                blob("certificate", certificate)
            case .retired(let epoch, let why):
                json["kind"] = "retired"
                json["epoch"] = .integer(epoch)
                json["why"] = .string(why)
            }
            return try CanonicalForm.jcs.encode(json)
        }
    }

    init(decoding bytes: [UInt8]) throws {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: CustodianLine.mostBytes, depth: 16))
        var reader = try RecordReader(value, "log entry")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
            throw CustodianError(.logBroken, "a line of the log has the type `\(Self.type)`")
        }
        func blob(_ name: String) throws -> [UInt8] {
            try Base64.url.decode(reader.string(name, limit: CustodianLine.mostBytes))
        }
        func program() throws -> [UInt8] { try reader.hex("program", count: 32) }
        func number(_ name: String) throws -> UInt64 {
            UInt64(try reader.integer(name, in: 0...CanonicalForm.largestSafeInteger))
        }
        func purpose() throws -> StreamPurpose {
            guard let purpose = StreamPurpose(rawValue: UInt8(clamping: try reader.integer("purpose"))) else {
                throw CustodianError(.logBroken, "material is for secrets or for evaluations")
            }
            return purpose
        }
        switch try reader.string("kind", limit: 16) {
        case "opened": self = .opened(custodians: try blob("custodians"))
        case "epoch": self = .epoch(try reader.integer("epoch"))
        case "agreed": self = .agreed(epoch: try reader.integer("epoch"), session: try blob("session"))
        case "installed":
            let owner = value["owner"] == nil ? nil : try reader.hex("owner", count: 32)
            self = .installed(package: try blob("package"), owner: owner)
        case "begun": self = try .begun(program: program(), purpose(), below: number("below"))
        case "bound":
            let end = value["until"] == nil ? nil : try reader.time("until")
            self = try .bound(
                program: program(), purpose(), claim: blob("claim"), first: number("first"), count: number("count"), until: end,
                signature: blob("signature"))
        case "secrets": self = try .secrets(program: program(), index: number("index"), masked: blob("masked"))
        case "activated": self = try .activated(program: program(), ActivationBundle(reader.value("bundle")))
        case "meter": self = try .meter(program: program(), entry: blob("entry"))
        case "certified":
            self = try .certified(
                program: program(), certificate: blob("certificate"), at: reader.time("time"))
        case "away": self = try .away(program: program(), since: reader.time("since"))
        case "back": self = .back(program: try program())
        case "forgotten": self = try .forgotten(program: program(), until: reader.time("until"))
        case "event": self = try .event(program: program(), event: blob("event"))
        case "frames": self = try .frames(program: program(), batch: blob("batch"))
        case "blamed": self = try .blamed(program: program(), file: blob("file"))
        case "governed": self = .governed(decisions: try blob("decisions"))
        case "fresh": self = .fresh(try reader.time("time"))
        case "frozen": self = .frozen(certificate: try blob("certificate"))
        case "retired": self = try .retired(epoch: reader.integer("epoch"), why: reader.string("why", limit: 400))
        case let kind: throw CustodianError(.logBroken, "`\(kind)` is no line of the log")
        }
        try reader.finish()
    }
}
