import ChanceryCircuit
import ChanceryCustodian
import ChanceryOracle
import ChanceryWire
import Testing

/// Which program a name stands for, whatever a directory says.
struct NamedProgramTests {
    /// Says that `aliases` go by every name, and has these packages.
    private struct Directory: ProgramDirectory {
        var packages: [[UInt8]: [UInt8]] = [:]
        var aliases: [[UInt8]] = []

        func program(_ id: [UInt8]) throws -> ProgramStatement {
            guard let package = packages[id] else { throw CustodianError(.unknownProgram, "not installed") }
            return ProgramStatement(package: package, bundle: nil, secrets: nil)
        }

        func programs(aliased alias: [UInt8]) -> [[UInt8]] { aliases }
    }

    private static func package(_ factor: Int, alias: [UInt8]? = nil) throws -> ProgramPackage {
        try ProgramPackage(
            ProgramPackage.Terms(
                version: "1", code: .source("input x: int<8>\noutput y = x * \(factor)"), secretsCommitment: nil,
                policy: JSONParser.parse(ComputePolicy().bytes).object ?? JSONObject(), parties: 3, threshold: 2,
                custodians: [UInt8](repeating: 7, count: 32), alias: alias.map { Hex.encode($0) }))
    }

    @Test func `an id is its own program, whatever is said to go by it`() async throws {
        let wanted = try Self.package(2)
        let other = try Self.package(3, alias: wanted.id)
        let directory = Directory(packages: [wanted.id: wanted.bytes, other.id: other.bytes], aliases: [other.id])
        let found = try await NamedProgram(wanted.id, from: directory)
        #expect(found.id == wanted.id && !found.isAlias)
    }

    /// A coordinator that hides a program, and the owner of another one who calls it by its id.
    @Test func `an id of a hidden program stands for no other`() async throws {
        let hidden = try Self.package(2)
        let other = try Self.package(3, alias: hidden.id)
        let directory = Directory(packages: [other.id: other.bytes], aliases: [other.id])
        await #expect { _ = try await NamedProgram(hidden.id, from: directory) } throws: {
            ($0 as? CustodianError)?.reason == .unknownProgram
        }
    }

    @Test func `a program that does not say so itself is not taken for an alias's`() async throws {
        let (name, other) = ([UInt8](repeating: 9, count: 32), try Self.package(3))
        let alone = try Self.package(3, alias: [UInt8](repeating: 1, count: 32))
        for said in [other, alone] {
            let directory = Directory(packages: [said.id: said.bytes], aliases: [said.id])
            await #expect { _ = try await NamedProgram(aliased: name, from: directory) } throws: {
                ($0 as? CustodianError)?.reason == .programRefused
            }
        }
    }

    @Test func `another package than the one of the id is refused`() async throws {
        let (wanted, other) = (try Self.package(2), try Self.package(3))
        let directory = Directory(packages: [wanted.id: other.bytes])
        await #expect { _ = try await NamedProgram(wanted.id, from: directory) } throws: {
            ($0 as? CustodianError)?.reason == .programRefused
        }
    }

    @Test func `an owner's alias is found where one is asked for, known as one, and not when several have it`() async throws {
        let name = [UInt8](repeating: 9, count: 32)
        let (one, two) = (try Self.package(2, alias: name), try Self.package(3, alias: name))
        func directory(_ aliases: [[UInt8]]) -> Directory {
            Directory(packages: [one.id: one.bytes, two.id: two.bytes], aliases: aliases)
        }
        let found = try await NamedProgram(aliased: name, from: directory([one.id, one.id]))
        #expect(found.id == one.id && found.isAlias)
        for aliases in [[one.id, two.id], []] {
            let said = directory(aliases)
            await #expect { _ = try await NamedProgram(aliased: name, from: said) } throws: {
                ($0 as? CustodianError)?.reason == .unknownProgram
            }
        }
    }
}
