import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Foundation
import TestKit
import Testing

/// Processes that die, and processes that meet. One at a time: they share two cores.
@Suite(.serialized) struct CrashTests {
    private func home() throws -> SampleHome {
        let home = try SampleHome()
        _ = try home.identity()
        try home.log.start(origin: "log.example/faults", protection: .unencrypted)
        return home
    }

    private func lost(_ acknowledged: [String], in home: SampleHome) throws -> [String] {
        try acknowledged.filter { try home.store.record(id: Hex.decode($0)) == nil }
    }

    @Test func `a hundred kills under load lose no acknowledged event`() throws {
        let home = try home()
        var acknowledged: [String] = []
        var number: UInt64 = 0x5eed_2026
        for _ in 0..<50 {
            let processes = try (0..<2).map { _ in try FaultProcess(["stamp", home.folder.path, "100000", "publish"]) }
            let first = processes.map { $0.waitForOutput() }
            number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            usleep(UInt32(number >> 33) % 60_000)
            for process in processes { process.kill() }
            for (process, bytes) in zip(processes, first) {
                let outcome = process.outcome(after: bytes)
                #expect(outcome.error == nil, "\(outcome.lines.last ?? "")")
                acknowledged += outcome.acknowledged
            }
        }
        #expect(acknowledged.count > 500 && Set(acknowledged).count == acknowledged.count)
        #expect(try lost(acknowledged, in: home) == [])
        _ = try home.log.publish(protection: .unencrypted)
        #expect(try home.audit().failures == [])
        print("100 kills: \(acknowledged.count) acknowledged events, none lost")
    }

    @Test func `three processes with 500 appends each on 1500 events end at 3000`() throws {
        let home = try home()
        let alice = try home.keeper.open(IdentityName("alice"), .unencrypted)
        _ = try home.ledger.stamp(samplePayloads(1500), as: alice, profile: .aiss1)
        let processes = try (0..<3).map { _ in try FaultProcess(["stamp", home.folder.path, "500"]) }
        let outcomes = processes.map { $0.outcome() }
        for outcome in outcomes {
            #expect(outcome.status == 0 && outcome.acknowledged.count == 500, "\(outcome.lines.last ?? "")")
        }
        #expect(try home.store.chain(alice.document.classicalAgentID.text)?.count == 3000)
        #expect(try lost(outcomes.flatMap(\.acknowledged), in: home) == [])
        _ = try home.log.publish(protection: .unencrypted)
        let report = try home.audit()
        #expect(report.failures == [] && report.records == 3001)
    }
}
