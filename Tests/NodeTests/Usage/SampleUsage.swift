import ChanceryLedger
import ChanceryNode
import ChancerySuite
import ChanceryWire
import TestKit

/// A home whose servers count what keys are used for.
struct SampleUsage {
    let home: SampleHome
    let keys: APIKeyRegistry
    let identity: OpenIdentity
    let mark = SampleMark()

    init() throws {
        home = try SampleHome()
        keys = APIKeyRegistry(store: home.store, now: home.clock.now)
        identity = try home.identity("api")
    }

    func key(_ quotas: [APIKeyQuota] = []) throws -> APIKeyStatement {
        try keys.register(
            APIKeyFile.generate().publicKey, name: "client", roles: ["agent"], quotas: quotas,
            lifetime: APIKeyRegistry.longestLifetime)
    }

    /// A server that starts now, on a connection of its own to the store.
    func server() throws -> UsageMeter {
        let home = try SampleHome(home.folder, clock: home.clock)
        let journal = UsageJournal(
            identity, store: home.store, registry: home.registry, mark: mark, now: home.clock.now)
        let meter = UsageMeter(journal, keys: APIKeyRegistry(store: home.store, now: home.clock.now), now: home.clock.now)
        try meter.flush()
        return meter
    }

    func report(
        of keyID: String? = nil, from: UTCTime? = nil, until: UTCTime? = nil, in other: SampleHome? = nil
    ) throws -> UsageReport {
        let home = other ?? home
        return try UsageReport(
            of: identity.document.did, store: home.store, registry: home.registry, mark: mark, keyID: keyID, from: from,
            until: until)
    }
}

extension UsageMeter {
    /// What becomes of a request, written down where it must be.
    func ask(_ key: APIKeyStatement, bytes: Int = 0) throws -> Verdict {
        while true {
            let verdict = try admit(key, bytes: bytes)
            guard verdict == .flushFirst else { return verdict }
            try flush()
        }
    }

    /// How many of so many requests get through.
    func admitted(_ count: Int, of key: APIKeyStatement, bytes: Int = 0) throws -> Int {
        var admitted = 0
        for _ in 0..<count where try ask(key, bytes: bytes) == .admitted { admitted += 1 }
        return admitted
    }
}
