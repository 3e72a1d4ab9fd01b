// A process for the fault tests to kill, to starve of disk, and to run in several copies:
//
//     chancery-fault stamp HOME COUNT [publish]    stamps one event after the other for the identity `alice`
//     chancery-fault record HOME COUNT             appends statements of the store, without any keys
//     chancery-fault create HOME NAME              creates an identity
//     chancery-fault publish HOME                  publishes the log
//     chancery-fault vault FOLDER COUNT            puts versions into the files of a vault, then waits
//     chancery-fault vault-life FOLDER COUNT       puts, re-wraps, deletes and replaces the root of a vault
//
// It prints a line when something is durable, and the code of the error that ended it. `FAULT_FSIZE` limits the size of
// the files it may write; with `FAULT_NOBODY` it gives up the rights of root first.

import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Foundation
import TestKit

/// Unbuffered, so that a kill cuts at most the line being written.
func say(_ line: String) { try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8)) }

let environment = ProcessInfo.processInfo.environment
if environment["FAULT_NOBODY"] != nil, getuid() == 0 {
    guard setgid(65534) == 0, setuid(65534) == 0 else { exit(2) }
}
if let limit = environment["FAULT_FSIZE"].flatMap({ rlim_t($0) }) {
    signal(SIGXFSZ, SIG_IGN)
    var limits = rlimit(rlim_cur: limit, rlim_max: limit)
    guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limits) == 0 else { exit(2) }
}

let arguments = CommandLine.arguments
guard arguments.count >= 3 else { exit(2) }
let count = arguments.count > 3 ? Int(arguments[3]) ?? 0 : 0

do {
    if arguments[1] == "vault" { try VaultFault.run(arguments[2], count: count, say: say) }
    if arguments[1] == "vault-life" {
        try VaultLifeFault.run(arguments[2], count: count, say: say)
        exit(0)
    }
    let home = try SampleHome(TemporaryFolder(keeping: arguments[2]))
    switch arguments[1] {
    case "stamp":
        let alice = try home.keeper.open(IdentityName("alice"), .unencrypted)
        for number in 0..<count {
            let receipts = try home.ledger.stamp(samplePayloads(1, from: number), as: alice, profile: .aiss1)
            for receipt in receipts { say(receipt.hash) }
            if arguments.last == "publish", number % 16 == 15 { _ = try home.log.publish(protection: .unencrypted) }
        }
    case "record":
        for number in 0..<count {
            let error = NodeError(.rejected, "sample")
            let record = try StoreStatement.refusal(of: "sample \(number)", error, at: SampleKeys.time(0)).record()
            _ = try home.store.append([record], moving: [])
            say(Hex.encode(record.id))
        }
    case "create":
        _ = try home.keeper.create(IdentityName(arguments[3]), suite: .mlDSA65, protection: .unencrypted)
        say("created")
    case "publish":
        say("\(try home.log.publish(protection: .unencrypted).head.size)")
    default: exit(2)
    }
} catch let error as any CodedError {
    say("error \(error.code) \(error.detail)")
    exit(1)
} catch {
    say("error untyped \(error)")
    exit(1)
}
