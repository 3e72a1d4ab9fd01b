import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// The hierarchy of HIP-5: what may happen to keys, when it is due, and what each may do.
struct KeyLedgerTests {
    private let root: KeyStatement
    private var ledger = KeyLedger()

    init() throws {
        root = try Sample.key(.root, 1)
        try ledger.take(.create(root, parent: nil))
    }

    private mutating func add(_ kind: VaultKeyKind, _ number: Int, subject: KeySubject? = nil) throws -> KeyStatement {
        let key = try Sample.key(kind, number, subject: subject)
        try ledger.take(.create(key, parent: kind.hasParent ? root.id : nil))
        return key
    }

    @Test mutating func `a key is used for its purpose and no other`() throws {
        let (subject, other) = (try Sample.subject(1), try Sample.subject(1, version: 2))
        let connection = KeySubject.connection(Sample.bytes(1, 16))
        let keys = [
            root, try add(.model, 2, subject: subject), try add(.data, 3, subject: Sample.subject(9)), try add(.api, 4),
            try add(.service, 5), try add(.session, 6, subject: connection),
        ]
        let uses: [(KeyUse, VaultKeyKind?)] = [
            (.wrapSeed, .root), (.unwrapSeed, .root), (.wrapDataKey(subject, .attested), .model),
            (.unwrapDataKey(subject, .open), .model), (.wrapDataKey(other, .open), nil), (.unwrapDataKey(other, .open), nil),
            (.wrapDataKey(try Sample.subject(9), .sealed), .data), (.authenticate, .api), (.seal, .service), (.open, .service),
            (.converse(connection), .session), (.converse(.connection(Sample.bytes(2, 16))), nil),
        ]
        for (use, kind) in uses {
            for key in keys {
                let found = code { _ = try ledger.key(key.id, for: use, at: Sample.start) }
                #expect(found == (key.kind == kind ? nil : "vault.key_purpose"), "\(use) with \(key.kind)")
            }
        }
    }

    @Test mutating func `an X-Wing key serves no tier above 2`() throws {
        let subject = try Sample.subject(1)
        let key = try add(.model, 2, subject: subject)
        for tier in PrivacyTier.allCases {
            let expected = tier >= .accelerated ? "vault.parameter_set_too_weak" : nil
            for use in [KeyUse.wrapDataKey(subject, tier), .unwrapDataKey(subject, tier)] {
                #expect(code { _ = try ledger.key(key.id, for: use, at: Sample.start) } == expected, "\(tier)")
            }
        }
        let strong = try Sample.key(.model, 3, .mlKEM1024, subject: Sample.subject(2))
        try ledger.take(.create(strong, parent: root.id))
        #expect(try ledger.key(strong.id, for: .wrapDataKey(Sample.subject(2), .isolated), at: Sample.start).id == strong.id)
        #expect(
            code { _ = try ledger.key(strong.id, for: .wrapDataKey(Sample.subject(2), .open), at: Sample.start) }
                == "vault.key_purpose")
    }

    @Test mutating func `past its hard end a key does nothing but move what it wraps`() throws {
        let subject = try Sample.subject(1)
        let model = try add(.model, 2, subject: subject)
        let api = try add(.api, 3)
        for key in [root, model, api] {
            let uses: [KeyUse] =
                switch key.kind {
                case .root: [.wrapSeed, .unwrapSeed]
                case .model: [.wrapDataKey(subject, .open), .unwrapDataKey(subject, .open)]
                default: [.authenticate]
                }
            let last = UTCTime(milliseconds: key.expires.milliseconds - 1)
            for use in uses {
                #expect(throws: Never.self) { try ledger.key(key.id, for: use, at: last) }
                #expect(code { _ = try ledger.key(key.id, for: use, at: key.expires) } == "vault.key_expired")
                #expect(code { _ = try ledger.key(key.id, for: use, at: .init(milliseconds: .max)) } == "vault.key_expired")
            }
        }
        #expect(throws: Never.self) { try ledger.key(model.id, for: .move, at: model.expires) }
        #expect(throws: Never.self) { try ledger.key(root.id, for: .move, at: root.expires) }
        #expect(code { _ = try ledger.key(api.id, for: .move, at: api.expires) } == "vault.key_purpose")
    }

    @Test mutating func `before its time a key is refused`() throws {
        let key = try Sample.key(.api, 2, activates: Sample.after(100))
        try ledger.take(.create(key, parent: root.id))
        #expect(ledger[key.id]?.state == .preActive)
        #expect(code { _ = try ledger.key(key.id, for: .authenticate, at: Sample.after(200)) } == "vault.key_state")
        #expect(code { try ledger.take(.activate(key.id), at: Sample.after(99)) } == "vault.key_state")
        #expect(ledger.due(at: Sample.after(99)).isEmpty)
        #expect(ledger.due(at: Sample.after(100)) == [DueKey(id: key.id, step: .activate)])
        try ledger.take(.activate(key.id), at: Sample.after(100))
        #expect(throws: Never.self) { try ledger.key(key.id, for: .authenticate, at: Sample.after(100)) }
        // A clock that went back.
        #expect(code { _ = try ledger.key(key.id, for: .authenticate, at: Sample.after(99)) } == "vault.key_expired")
    }

    @Test mutating func `a replaced API key counts until its overlap ends, and signs nothing from then on`() throws {
        let old = try add(.api, 2)
        let now = Sample.after(Sample.day)
        let new = try Sample.key(.api, 3, .mlDSA65, at: now, after: old)
        let end = now.advanced(bySeconds: 3600)
        try ledger.take(.rotate(old.id, to: new, parent: root.id, overlapEnds: end), at: now)
        #expect(ledger[old.id]?.state == .verifyOnly && ledger[old.id]?.successor == new.id)
        #expect(ledger[new.id]?.state == .active && new.generation == 2)
        for key in [old, new] {
            #expect(throws: Never.self) { try ledger.key(key.id, for: .authenticate, at: now) }
        }
        #expect(code { _ = try ledger.key(old.id, for: .authenticate, at: end) } == "vault.key_expired")
        #expect(ledger.due(at: UTCTime(milliseconds: end.milliseconds - 1)).isEmpty)
        #expect(ledger.due(at: end) == [DueKey(id: old.id, step: .retire)])
        try ledger.take(.retire(old.id), at: end)
        #expect(code { _ = try ledger.key(old.id, for: .authenticate, at: end) } == "vault.key_state")
        try ledger.take(.destroy(old.id), at: end)
        #expect(code { try ledger.take(.retire(old.id), at: end) } == "vault.key_state")
    }

    @Test mutating func `a rotation keeps the line: kind, algorithm, version, generation, overlap`() throws {
        let old = try add(.model, 2, subject: Sample.subject(1))
        let now = Sample.after(10)
        let good = try Sample.key(.model, 3, at: now, after: old)
        let wrong: [(KeyStatement, Int64, String)] = [
            (try Sample.key(.model, 3, subject: Sample.subject(1), at: now), 0, "vault.key_purpose"),
            (try Sample.key(.model, 3, .mlKEM1024, at: now, after: old), 0, "vault.key_purpose"),
            (try Sample.key(.model, 3, subject: Sample.subject(1, version: 2), at: now, after: old), 0, "vault.key_purpose"),
            (try Sample.key(.model, 3, at: now, activates: Sample.after(11), after: old), 0, "vault.key_malformed"),
            (good, VaultKeyKind.model.longestOverlap + 1, "vault.key_malformed"), (good, -1, "vault.key_malformed"),
        ]
        for (statement, overlap, expected) in wrong {
            let change = KeyEvent.Change.rotate(
                old.id, to: statement, parent: root.id, overlapEnds: now.advanced(bySeconds: overlap))
            #expect(code { try ledger.take(change, at: now) } == expected)
        }
        #expect(code { _ = try Sample.key(.api, 3, .mlDSA65, at: now, after: old) } == "vault.key_malformed")
        try ledger.take(.rotate(old.id, to: good, parent: root.id, overlapEnds: now), at: now)
        // Once only.
        let again = try Sample.key(.model, 4, at: now, after: old)
        #expect(
            code { try ledger.take(.rotate(old.id, to: again, parent: root.id, overlapEnds: now), at: now) }
                == "vault.key_state")
        #expect(try ledger.current(for: Sample.subject(1))?.id == good.id)
        // What the old one wrapped still opens; it wraps nothing new.
        let subject = try Sample.subject(1)
        #expect(throws: Never.self) { try ledger.key(old.id, for: .unwrapDataKey(subject, .open), at: now) }
        #expect(code { _ = try ledger.key(old.id, for: .wrapDataKey(subject, .open), at: now) } == "vault.key_state")
    }

    @Test mutating func `a version has one key, and a new version a new one`() throws {
        let first = try add(.model, 2, subject: Sample.subject(1))
        #expect(code { _ = try add(.model, 3, subject: Sample.subject(1)) } == "vault.key_exists")
        let second = try add(.model, 3, subject: Sample.subject(1, version: 2))
        #expect(first.id != second.id)
        // The same key again, for whatever version.
        let reused = try Sample.key(.model, 2, subject: Sample.subject(1, version: 3))
        #expect(code { try ledger.take(.create(reused, parent: root.id)) } == "vault.key_exists")
    }

    @Test mutating func `a root moves its children to its successor before it goes`() throws {
        let model = try add(.model, 2, subject: Sample.subject(1))
        let api = try add(.api, 3)
        #expect(code { try ledger.take(.create(Sample.key(.root, 9), parent: nil)) } == "vault.key_exists")
        let next = try Sample.key(.root, 4, after: root)
        try ledger.take(.rotate(root.id, to: next, parent: nil, overlapEnds: Sample.start))
        #expect(ledger.inventory.map(\.id.text) == ledger.inventory.map(\.id.text).sorted())
        #expect(ledger.root == next.id && ledger.children(of: root.id) == [model.id, api.id].sorted())
        for change in [KeyEvent.Change.retire(root.id), .destroy(root.id)] {
            #expect(code { try ledger.take(change) } == "vault.key_in_use")
        }
        // Nothing new under the old one.
        let late = try Sample.key(.api, 5)
        #expect(code { try ledger.take(.create(late, parent: root.id)) } == "vault.key_state")
        #expect(code { try ledger.take(.adopt([model.id, model.id], under: next.id)) } == "vault.key_malformed")
        #expect(code { try ledger.take(.adopt([], under: next.id)) } == "vault.key_malformed")
        #expect(code { try ledger.take(.adopt([model.id], under: root.id)) } == "vault.key_state")
        #expect(code { try ledger.take(.adopt([model.id], under: api.id)) } == "vault.key_purpose")
        try ledger.take(.adopt([model.id, api.id], under: next.id))
        #expect(code { try ledger.take(.adopt([model.id], under: next.id)) } == "vault.key_state")
        try ledger.take(.destroy(root.id))
        #expect(ledger[model.id]?.parent == next.id && ledger.children(of: root.id).isEmpty)
    }

    @Test mutating func `a destroyed key is beyond recovery when every root that wrapped it is destroyed`() throws {
        let model = try add(.model, 2, subject: Sample.subject(1))
        let middle = try Sample.key(.root, 3, after: root)
        try ledger.take(.rotate(root.id, to: middle, parent: nil, overlapEnds: Sample.start))
        try ledger.take(.adopt([model.id], under: middle.id))
        try ledger.take(.retire(model.id))
        #expect(!ledger.isBeyondRecovery(model.id))
        try ledger.take(.destroy(model.id))
        let newest = try Sample.key(.root, 4, after: middle)
        try ledger.take(.rotate(middle.id, to: newest, parent: nil, overlapEnds: Sample.start))
        try ledger.take(.destroy(middle.id))
        // A backup may hold its seed under the first root.
        #expect(!ledger.isBeyondRecovery(model.id))
        try ledger.take(.destroy(root.id))
        #expect(ledger.isBeyondRecovery(model.id))
    }

    @Test mutating func `what a replaced key wrapped is recoverable until that key is destroyed too`() throws {
        let old = try add(.model, 2, subject: Sample.subject(1))
        let new = try Sample.key(.model, 3, after: old)
        try ledger.take(.rotate(old.id, to: new, parent: root.id, overlapEnds: Sample.start))
        let next = try Sample.key(.root, 4, after: root)
        try ledger.take(.rotate(root.id, to: next, parent: nil, overlapEnds: Sample.start))
        try ledger.take(.adopt([old.id], under: next.id))
        for change in [KeyEvent.Change.retire(new.id), .destroy(new.id), .destroy(root.id)] { try ledger.take(change) }
        #expect(!ledger.isBeyondRecovery(new.id))
        try ledger.take(.destroy(old.id))
        // The old one's seed lies under the second root.
        #expect(!ledger.isBeyondRecovery(new.id))
        let last = try Sample.key(.root, 5, after: next)
        try ledger.take(.rotate(next.id, to: last, parent: nil, overlapEnds: Sample.start))
        try ledger.take(.destroy(next.id))
        #expect(ledger.isBeyondRecovery(new.id))
    }

    @Test mutating func `a compromised key is good for nothing but moving what it wraps`() throws {
        let api = try add(.api, 2)
        try ledger.take(.compromise(root.id))
        try ledger.take(.compromise(api.id))
        #expect(code { _ = try ledger.key(root.id, for: .unwrapSeed, at: Sample.start) } == "vault.key_compromised")
        #expect(code { _ = try ledger.key(api.id, for: .authenticate, at: Sample.start) } == "vault.key_compromised")
        #expect(throws: Never.self) { try ledger.key(root.id, for: .move, at: Sample.start) }
        #expect(code { try ledger.take(.compromise(api.id)) } == "vault.key_state")
        try ledger.take(.destroy(api.id))
        #expect(ledger[api.id]?.state == .destroyed && ledger[api.id]?.compromised == Sample.start)
    }

    @Test mutating func `rotation is due before the end, and late after it`() throws {
        let key = try Sample.key(.api, 2, lifetime: 1000, lead: 100)
        try ledger.take(.create(key, parent: root.id))
        #expect(ledger.due(at: Sample.after(899)).isEmpty)
        #expect(ledger.due(at: Sample.after(900)) == [DueKey(id: key.id, step: .rotate)])
        #expect(ledger.due(at: Sample.after(999)) == [DueKey(id: key.id, step: .rotate)])
        #expect(ledger.due(at: Sample.after(1000)) == [DueKey(id: key.id, step: .expired)])
        let session = try Sample.key(.session, 3, subject: .connection(Sample.bytes(1, 16)), lifetime: 60, lead: 10)
        try ledger.take(.create(session, parent: nil))
        #expect(ledger.due(at: Sample.after(50)) == [DueKey(id: session.id, step: .retire)])
    }

    @Test mutating func `an event that is refused changes nothing, and events are read as they were written`() throws {
        let model = try add(.model, 2, subject: Sample.subject(1))
        let next = try Sample.key(.root, 4, after: root)
        let changes: [KeyEvent.Change] = [
            .create(try Sample.key(.api, 5), parent: root.id), .create(try Sample.key(.root, 6), parent: nil),
            .rotate(root.id, to: next, parent: nil, overlapEnds: Sample.after(5)), .adopt([model.id], under: next.id),
            .activate(model.id), .retire(model.id), .destroy(model.id), .compromise(model.id),
        ]
        for change in changes {
            let event = KeyEvent(change, at: Sample.after(1))
            #expect(try KeyEvent(event.payload) == event)
            eachDamage(of: event.payload) { damaged, what in
                #expect(throws: (any Error).self, "\(change) \(what)") { try KeyEvent(damaged) }
            }
            var copy = ledger
            let before = copy.inventory
            if (try? copy.apply(event)) == nil { #expect(copy.inventory == before) }
        }
    }
}
