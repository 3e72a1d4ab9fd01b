import ChanceryCustodian
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Foundation
import TestKit
import Testing

struct CustodianFolderTests {
    private let folder = TemporaryFolder()
    private var home: String { folder.path + "/home" }
    private var state: String { folder.path + "/state" }

    private func open() throws -> CustodianFolder {
        try CustodianFolder(home: home, state: state, protection: .unencrypted)
    }

    private func log() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: home + "/custodian.log")) }

    @Test func `what was appended is there after a restart, in order`() throws {
        try open().append([[1], [2, 3]])
        try open().append([[4]])
        #expect(try open().entries() == [[1], [2, 3], [4]])
    }

    @Test func `an end that is half written is cut off, and what comes after it stands`() throws {
        try open().append([[1], [2]])
        let whole = try log()
        for extra in 1..<39 {
            // The beginning of an entry of two bytes.
            let torn = whole + Data([0, 0, 0, 2] + [UInt8](repeating: 9, count: 34)).prefix(extra)
            try torn.write(to: URL(fileURLWithPath: home + "/custodian.log"))
            #expect(try open().entries() == [[1], [2]])
        }
        try open().append([[3]])
        #expect(try open().entries() == [[1], [2], [3]])
    }

    @Test func `a log that was restored, lost or changed is refused`() throws {
        try open().append([[1], [2]])
        let early = try log()
        try open().append([[3]])
        let path = URL(fileURLWithPath: home + "/custodian.log")
        let late = try log()
        for content in [early, Data(), Data(late.enumerated().map { $0 == 4 ? $1 ^ 1 : $1 })] {
            try content.write(to: path)
            #expect { _ = try open() } throws: { ($0 as? CustodianError)?.code == "custodian.state_lost" }
        }
        try late.write(to: path)
        try FileManager.default.removeItem(atPath: state + "/custodian.mark")
        #expect { _ = try open() } throws: { ($0 as? CustodianError)?.code == "custodian.state_lost" }
    }

    @Test func `what is told is there after a restart, and the mark follows it when it settles`() throws {
        let path = URL(fileURLWithPath: home + "/custodian.log")
        let markPath = URL(fileURLWithPath: state + "/custodian.mark")
        try open().append([[1]])
        let (early, mark) = (try log(), try Data(contentsOf: markPath))
        do {
            let folder = try open()
            try folder.tell([[2]])
            try folder.settle()
        }
        let late = try log()
        try early.write(to: path)
        #expect { _ = try open() } throws: { ($0 as? CustodianError)?.code == "custodian.state_lost" }
        try late.write(to: path)
        #expect(try open().entries() == [[1], [2]])
        // A power failure before the mark was durable.
        try mark.write(to: markPath)
        #expect(try open().entries() == [[1], [2]])
    }

    @Test func `whatever a crash leaves of the mark that is written, the one before it stands`() throws {
        let markPath = URL(fileURLWithPath: state + "/custodian.mark")
        try open().append([[1]])
        let folder = try open()
        var durable = try Data(contentsOf: markPath)
        for number: UInt8 in 2..<20 {
            // Marks that are not durable yet come between those that are, once or twice or not at all.
            for _ in 0..<number % 3 { try folder.tell([[number]]) }
            try folder.append([[number]])
            let after = try Data(contentsOf: markPath)
            let changed = (0..<after.count / 80).filter { slot in
                let place = slot * 80..<slot * 80 + 80
                return slot * 80 >= durable.count || durable[place] != after[place]
            }
            #expect(changed.count == 1, "the last durable mark is written over")
            durable = after
        }
    }

    @Test func `a log that was written anew goes on, and the one before it is a restored one`() throws {
        let path = URL(fileURLWithPath: home + "/custodian.log")
        try open().append([[1], [2], [3]])
        let early = try log()
        let mark = try Data(contentsOf: URL(fileURLWithPath: state + "/custodian.mark"))
        do {
            let folder = try open()
            try folder.compact([[9], [8]])
            try folder.append([[7]])
        }
        #expect(try open().entries() == [[9], [8], [7]])
        let late = try log()
        try early.write(to: path)
        #expect { _ = try open() } throws: { ($0 as? CustodianError)?.code == "custodian.state_lost" }
        // A crash after the new log took its place and before the mark went on.
        try late.write(to: path)
        try mark.write(to: URL(fileURLWithPath: state + "/custodian.mark"))
        #expect(try open().entries() == [[9], [8], [7]])
        try open().append([[6]])
        #expect(try open().entries() == [[9], [8], [7], [6]])
        // The head is part of the chain.
        for place in [0, 5, 20, 60] {
            var changed = try log()
            changed[place] ^= 1
            try changed.write(to: path)
            #expect { _ = try open() } throws: { ($0 as? CustodianError)?.code == "custodian.state_lost" }
            changed[place] ^= 1
            try changed.write(to: path)
        }
    }

    @Test func `one entry is read by its number, also after the log was written anew`() throws {
        try open().append([[1], [2, 3]])
        let folder = try open()
        try folder.append([[4, 5, 6], []])
        try folder.tell([[7]])
        let entries: [[UInt8]] = [[1], [2, 3], [4, 5, 6], [], [7]]
        for (number, entry) in entries.enumerated() { #expect(try folder.entry(number) == entry) }
        #expect { _ = try folder.entry(5) } throws: { ($0 as? CustodianError)?.code == "custodian.log_broken" }
        try folder.compact([[9], [8, 8]])
        try folder.append([[6]])
        #expect(try (0..<3).map { try folder.entry($0) } == [[9], [8, 8], [6]])
    }

    @Test func `an entry that rotted on the disk is refused, and the others are read`() throws {
        let folder = try open()
        try folder.append([[1], [2, 3], [4]])
        var changed = try log()
        // The first byte of the second entry, after the frame of the first.
        changed[37 + 4] ^= 1
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: home + "/custodian.log"))
        try file.write(contentsOf: changed)
        try file.close()
        #expect { _ = try folder.entry(1) } throws: { ($0 as? CustodianError)?.code == "custodian.log_broken" }
        #expect { _ = try folder.entries() } throws: { ($0 as? CustodianError)?.code == "custodian.log_broken" }
        #expect(try folder.entry(0) == [1])
        #expect(try folder.entry(2) == [4])
    }

    /// What is not an entry takes no room on the disk here.
    @Test func `a log of more than 4 GiB is opened`() throws {
        try open().append([[1], [2]])
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: home + "/custodian.log"))
        try file.truncate(atOffset: 5 << 30)
        try file.close()
        #expect(try open().entries() == [[1], [2]])
        #expect(try log().count == 2 * 37)
        try open().append([[3]])
        #expect(try open().entries() == [[1], [2], [3]])
    }

    @Test func `all entries are there, also those that came since the folder was opened`() throws {
        try open().append([[1]])
        let folder = try open()
        try folder.append([[2]])
        try folder.tell([[3]])
        #expect(try folder.entries() == [[1], [2], [3]])
        try folder.compact([[9]])
        try folder.append([[8]])
        #expect(try folder.entries() == [[9], [8]])
    }

    @Test func `one process has the folder at a time`() throws {
        let first = try open()
        #expect { _ = try open() } throws: { ($0 as? NodeError)?.code == "store.busy" }
        withExtendedLifetime(first) {}
    }

    @Test func `keys are those of their epoch only`() throws {
        let folder = try open()
        #expect(try folder.epochKeys(1) == nil)
        var bytes: [UInt8] = [1, 2, 3]
        try folder.setEpochKeys(SecretBytes(erasing: &bytes), epoch: 2)
        #expect(try folder.epochKeys(1) == nil)
        let same = try unsafe folder.epochKeys(2)?.withBytes { bytes in unsafe Array(bytes) }
        #expect(same == [1, 2, 3])
    }
}
